#!/usr/bin/perl
# The least of a service manager: starts units as their files say (user, command, state folder, notification, watchdog), holds
# them to what they promise for a while, has each reload, and stops them.
#   supervise.pl SECONDS UNIT...
# Prints a line for whatever happens. Exit code 1: a unit was late, silent, died, or took longer than 2 s to stop.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use POSIX qw(:sys_wait_h setgid setuid);
use Socket qw(SOCK_DGRAM);
use Time::HiRes qw(time);

my ($seconds, @names) = @ARGV;
my ($failures, $begin) = (0, time);
my %kReadyWithin = (default => 30);
my $kStopsWithin = $ENV{STOPS_WITHIN} // 2;

sub say_line { printf "%7.3f %s\n", time - $begin, join ' ', @_; STDOUT->flush }
sub wrong { say_line('WRONG', @_); $failures++ }

sub read_unit {
  my ($name) = @_;
  (my $file = $name) =~ s/@.*\.service$/\@.service/;
  my ($instance) = $name =~ /@(.*)\.service$/;
  my %unit = (name => $name);
  for my $path ("/usr/lib/systemd/system/$file", glob "/etc/systemd/system/$file.d/*.conf") {
    open my $in, '<', $path or die "$path: $!\n";
    while (<$in>) {
      next unless /^(\w+)=(.*)$/;
      my ($key, $value) = ($1, $2);
      $value =~ s/%i/$instance/g if defined $instance;
      $unit{$key} = $value;
    }
  }
  return \%unit;
}

sub make_folders {
  my ($unit, $uid, $gid) = @_;
  my %kWhere = (State => '/var/lib', Runtime => '/run', Logs => '/var/log');
  for my $kind (sort keys %kWhere) {
    my $folder = $unit->{"${kind}Directory"} or next;
    my $path = $kWhere{$kind};
    for my $part (split m{/}, $folder) { $path .= "/$part"; mkdir $path, 0755 }
    chmod oct($unit->{"${kind}DirectoryMode"} // '0755'), $path;
    chown $uid, $gid, $path, glob "$path/*";
  }
}

sub start_unit {
  my ($unit) = @_;
  my $path = "/run/supervise.$unit->{name}";
  unlink $path;
  $unit->{socket} = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die "socket: $!\n";
  chmod 0777, $path;
  my ($uid, $gid) = (getpwnam($unit->{User} // 'root'))[2, 3];
  die "$unit->{name}: no user $unit->{User}\n" unless defined $uid;
  make_folders($unit, $uid, $gid);
  my $groups = join ' ', $gid, $gid, map { (getgrnam $_)[2] } grep { defined getgrnam $_ } ('balans', split ' ', $unit->{SupplementaryGroups} // '');
  ($unit->{watch}) = ($unit->{WatchdogSec} // '') =~ /(\d+)/;
  $unit->{pid} = fork // die "fork: $!\n";
  if ($unit->{pid} == 0) {
    $ENV{NOTIFY_SOCKET} = $path;
    if ($unit->{watch}) { $ENV{WATCHDOG_USEC} = $unit->{watch} * 1_000_000; $ENV{WATCHDOG_PID} = $$ }
    open STDIN, '<', '/dev/null';
    open STDOUT, '>>', "/var/log/supervise.$unit->{name}.log";
    open STDERR, '>&', \*STDOUT;
    $) = $groups;
    setgid($gid);
    setuid($uid);
    exec split ' ', $unit->{ExecStart};
    exit 127;
  }
  @$unit{qw(started beat)} = (time, time);
}

sub hear {
  my ($unit) = @_;
  $unit->{socket}->recv(my $message, 4096);
  for (split /\n/, $message) {
    if (/^READY=1/) {
      say_line($unit->{name}, $unit->{ready} ? 'reloaded' : sprintf('ready after %.3f s', time - $unit->{started}));
      $unit->{reloads}++ if $unit->{ready} && $unit->{reloading};
      $unit->{ready} = 1;
    } elsif (/^STATUS=(.*)/) { say_line($unit->{name}, 'status:', $1) }
    elsif (/^RELOADING=1/) { $unit->{reloading} = 1 }
    elsif (/^STOPPING=1/) { $unit->{stopping} = 1 }
    elsif (/^WATCHDOG=1/) { $unit->{beat} = time; $unit->{beats}++ }
  }
}

my @units = map { read_unit($_) } @names;
my %by_socket;
my $select = IO::Select->new;

sub listen_for {
  my ($until) = @_;
  while ((my $left = $until - time) > 0) {
    for my $socket ($select->can_read($left < 0.2 ? $left : 0.2)) { hear($by_socket{$socket}) }
    for my $unit (grep { $_->{pid} } @units) {
      if (waitpid($unit->{pid}, WNOHANG) == $unit->{pid}) {
        wrong($unit->{name}, 'has died:', $? >> 8, $? & 127);
        $unit->{pid} = 0;
      } elsif ($unit->{ready} && $unit->{watch} && time - $unit->{beat} > $unit->{watch}) {
        wrong($unit->{name}, "gave no sign of life for $unit->{watch} s");
        $unit->{beat} = time;
      }
    }
  }
}

sub stop_unit {
  my ($unit) = @_;
  return unless $unit->{pid};
  my $asked = time;
  kill 'TERM', $unit->{pid};
  while (waitpid($unit->{pid}, WNOHANG) != $unit->{pid}) {
    if (time - $asked > 20) { wrong($unit->{name}, 'does not stop'); kill 'KILL', $unit->{pid}; waitpid($unit->{pid}, 0); last }
    hear($by_socket{$_}) for $select->can_read(0.01);
  }
  my $code = $? >> 8;
  hear($unit) while IO::Select->new($unit->{socket})->can_read(0);
  my $took = time - $asked;
  say_line($unit->{name}, sprintf('stopped after %.3f s', $took));
  wrong($unit->{name}, "took longer than $kStopsWithin s") if $took > $kStopsWithin;
  wrong($unit->{name}, "ended with $code") if $code != 0;
  wrong($unit->{name}, 'did not say that it stops') if $unit->{name} =~ /^balans/ && !$unit->{stopping};
}

for my $unit (@units) {
  start_unit($unit);
  $by_socket{$unit->{socket}} = $unit;
  $select->add($unit->{socket});
  my $latest = time + $kReadyWithin{default};
  listen_for(time + 0.1) while !$unit->{ready} && $unit->{pid} && time < $latest;
  wrong($unit->{name}, 'is not ready') unless $unit->{ready};
}
listen_for(time + $seconds / 2);
$_->{pid} && $_->{name} =~ /^balans/ && kill 'HUP', $_->{pid} for @units;
listen_for(time + $seconds / 2);
for my $unit (grep { $_->{name} =~ /^balans/ } @units) {
  # The api reloads nothing and only says so.
  wrong($unit->{name}, 'did not reload') if $unit->{name} ne 'balans-api.service' && !$unit->{reloads};
  wrong($unit->{name}, 'fed its watchdog only', $unit->{beats} // 0, 'times') if ($unit->{beats} // 0) < $seconds / 3;
}
stop_unit($_) for reverse @units;
say_line($failures ? "$failures failures" : 'all is well');
exit($failures ? 1 : 0);
