#!/usr/bin/env bash
# Installs a part of Balans on this Debian or Raspberry Pi OS, and sets the machine up for it. Run it again at any time: what
# is right already is left alone.
#   pi/install.sh trafo|chargepoint|api [--dry-run] [--from FOLDER]
#   --dry-run       tells what would be done, and does nothing
#   --from FOLDER   where the packages lie   (beside this script, else built from the clone)
# Needs root. Without a network: lay the packages, and those they depend on, beside this script. A step that fails says what
# to do, and what this run has changed before it is put back.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lists=/usr/share/balans/host
kept=/var/cache/balans # the packages that are installed, to go back to
part='' dry=no from=''
undo=() undone=no told=no removal=purge step=start warnings=0

say() { printf 'balans: %s\n' "$*"; }
warn() { warnings=$((warnings + 1)); printf 'balans: WARNING: %s\n' "$*"; }
# fail WHAT REMEDY
fail() {
  printf 'balans: FAILED (%s): %s\nbalans: %s\n' "$step" "$1" "What to do: $2" >&2
  told=yes
  exit 1
}

# ---- changes, and the way back ----

# change TEXT COMMAND...: tells it, and does it unless this is a dry run
change() {
  if [ "$dry" = yes ]; then say "would: $1"; return; fi
  say "$1"
  "${@:2}"
}
already() { say "already: $*"; }
remember() { [ "$dry" = yes ] || undo+=("$(printf '%q ' "$@")"); }

put_back() {
  local status=$? i
  [ "$status" -ne 0 ] && [ "$undone" = no ] || return 0
  undone=yes
  set +e
  [ "$told" = yes ] || say "FAILED ($step), and this script did not see it coming: bash -x $0 $part shows where" >&2
  [ "${#undo[@]}" = 0 ] || say "putting back what this run has changed" >&2
  for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
    say "back: ${undo[i]}" >&2
    eval "${undo[i]}" >&2 || say "this did not work; do it by hand" >&2
  done
  [ -z "${saved:-}" ] || rm -rf "$saved"
  exit "$status"
}

# put_file FROM TO: a file with rights 0644, whole or not at all
put_file() {
  local file=$1 to=$2
  if [ "$dry" = yes ] && [ ! -e "$file" ]; then say "would: write $to"; return; fi
  if cmp -s "$file" "$to"; then already "$to"; return; fi
  if [ -e "$to" ] && [ "$dry" = no ]; then
    cp -a "$to" "$saved/$(basename "$to").${#undo[@]}"
    remember cp -a "$saved/$(basename "$to").${#undo[@]}" "$to"
  else
    remember rm -f "$to"
  fi
  change "writing $to" install -D -m 644 "$file" "$to" || fail "$to cannot be written" "look at what is in its way"
}

manages_services() { [ -d /run/systemd/system ]; }

# ---- the steps ----

look_at_machine() {
  step=machine
  local version='' architecture room
  # shellcheck disable=SC1091
  version=$(. /etc/os-release 2>/dev/null && echo "${VERSION_ID:-}")
  case $version in
    12 | 13) ;;
    *) fail "this is not Debian 12 or 13" "use one of them, or Raspberry Pi OS of the same age" ;;
  esac
  [ "$(id -u)" = 0 ] || [ "$dry" = yes ] || fail "this needs root" "sudo $0 $part"
  architecture=$(dpkg --print-architecture)
  room=$(df -Pk /usr | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$room" -ge 200 ] || fail "only $room MB are free below /usr" "make room for 200 MB"
  say "Debian $version, $architecture, $room MB free"
}

# The newest package NAME for this machine in FOLDER, or nothing.
newest() {
  local folder=$1 name=$2 deb best='' version
  for deb in "$folder/${name}"_*_"$(dpkg --print-architecture)".deb; do
    [ -e "$deb" ] || continue
    version=$(dpkg-deb -f "$deb" Version)
    if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$(dpkg-deb -f "$best" Version)"; then best=$deb; fi
  done
  echo "$best"
}

# Ours are of one version on one machine, so those that are there come along.
our_packages() {
  local other
  echo balans
  for other in trafo chargepoint api; do
    if [ "$other" = "$part" ] || [ -n "$(installed_version "balans-$other")" ]; then echo "balans-$other"; fi
  done
}

# choose_from FOLDER: sets `wanted`, if all that is needed lies there
choose_from() {
  local folder=$1 name deb
  wanted=()
  while read -r name; do
    deb=$(newest "$folder" "$name")
    [ -n "$deb" ] || return 1
    wanted+=("$deb")
  done < <(our_packages)
}

find_packages() {
  step=packages
  local folder
  for folder in ${from:+"$from"} "$here" "$here/../build/packages"; do
    choose_from "$folder" || continue
    from=$(cd "$folder" && pwd)
    say "packages of $from: $(basename -a "${wanted[@]}" | tr '\n' ' ')"
    return
  done
  [ -x "$here/package.sh" ] ||
    fail "no packages balans and balans-$part lie here" "lay them beside $0, or name their folder with --from"
  change "making the packages from this clone" "$here/package.sh" --out "$here/../build/packages" ||
    fail "the packages could not be made" "read the reason above"
  if [ "$dry" = yes ]; then wanted=(); return; fi
  from=$here/../build/packages
  choose_from "$from" || fail "the packages are not in $from" "read what was printed while they were made"
}

installed_version() { { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null || true; } | sed -n 's/^installed //p'; }

# config_files PART
config_files() {
  case $1 in
    trafo) echo /etc/balans/site.yaml ;;
    api) echo /etc/balans/api.yaml ;;
    chargepoint) find /etc/balans/agents -name '*.yaml' 2>/dev/null || true ;;
  esac
}

# try_new_program NAME DEB: whoever is to replace a running program must accept its configuration.
try_new_program() {
  local name=$1 deb=$2 config
  rm -rf "$saved/new" && mkdir "$saved/new"
  dpkg-deb -x "$deb" "$saved/new"
  while read -r config; do
    [ -e "$config" ] || continue
    "$saved/new/usr/bin/$name" --check --config "$config" ||
      fail "the new version refuses $config (above); nothing was changed" "mend it, then run this again"
  done < <(config_files "${name#balans-}")
}

apt_install() {
  env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --no-remove --allow-downgrades \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"
}

# Other packages that lie beside ours and are not installed in that version or a newer one.
others_beside() {
  local deb name version
  for deb in "$from"/*_{all,"$(dpkg --print-architecture)"}.deb; do
    [ -e "$deb" ] || continue
    name=$(dpkg-deb -f "$deb" Package)
    case $name in balans | balans-*) continue ;; esac
    version=$(installed_version "$name")
    if [ -z "$version" ] || dpkg --compare-versions "$(dpkg-deb -f "$deb" Version)" gt "$version"; then echo "$deb"; fi
  done
}

install_packages() {
  step=packages
  local deb name version before todo=() others=() back=()
  for deb in "${wanted[@]}"; do
    name=$(dpkg-deb -f "$deb" Package)
    version=$(dpkg-deb -f "$deb" Version)
    before=$(installed_version "$name")
    if [ "$before" = "$version" ]; then already "$name $version is installed"; continue; fi
    todo+=("$deb")
    [ -n "$before" ] || continue # put_back removes what is new
    [ "$dry" = yes ] || try_new_program "$name" "$deb"
    mapfile -t -O "${#back[@]}" back < <(find "$kept" -name "${name}_${before}_*.deb" 2>/dev/null)
  done
  [ "${#todo[@]}" -gt 0 ] || return 0
  if [ "$dry" = yes ]; then say "would: install $(basename -a "${todo[@]}" | tr '\n' ' ')"; return; fi
  mapfile -t others < <(others_beside)
  all_packages >"$saved/packages"
  [ "${#back[@]}" = 0 ] || remember apt_install install "${back[@]}"
  remember remove_new_packages
  say "installing $(basename -a "${todo[@]}" | tr '\n' ' ')"
  apt_install install "${todo[@]}" "${others[@]}" >"$saved/apt.log" 2>&1 ||
    { apt_install update && apt_install install "${todo[@]}" "${others[@]}"; } >>"$saved/apt.log" 2>&1 ||
    { tail -n 20 "$saved/apt.log" >&2; fail "apt could not install the packages (above)" \
      "connect this machine to the internet, or lay the packages that are missing beside $0"; }
  keep_packages
}

all_packages() { dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' | sort; }
apt_remove() { env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >/dev/null; }

# Purging deletes configuration and data, so only where there were none.
remove_new_packages() {
  local new
  mapfile -t new < <(all_packages | comm -13 "$saved/packages" -)
  [ "${#new[@]}" = 0 ] || apt_remove "$removal" "${new[@]}"
}

# For the way back from the next upgrade.
keep_packages() {
  local deb name
  install -d -m 755 "$kept"
  for deb in "${wanted[@]}"; do
    name=$(dpkg-deb -f "$deb" Package)
    find "$kept" -name "${name}_*.deb" ! -name "$(basename "$deb")" ! -name "${name}_$(cat "$kept/$name" 2>/dev/null)_*" -delete
    dpkg-deb -f "$deb" Version >"$kept/$name"
    cp -u "$deb" "$kept/"
  done
}

# The names and addresses by which agents reach this machine.
broker_hosts() {
  { echo localhost; echo 127.0.0.1; hostname; echo "$(hostname).local"; hostname -I 2>/dev/null | tr ' ' '\n'; } |
    sed '/^$/d; s/^/--host /' | sort -u
}

make_certificates() {
  step=certificates
  local site before=${#undo[@]}
  site=$(sed -n 's/^site: *\([^ #]*\).*/\1/p' /etc/balans/site.yaml 2>/dev/null || true)
  if broker_has_certificates; then already "the broker has its certificates"; return; fi
  if [ -z "$site" ]; then say "certificates are made when /etc/balans/site.yaml names the site: run this again then"; return; fi
  if [ ! -e /etc/balans/ca/ca.crt ]; then
    remember rm -rf /etc/balans/ca
    change "making the certificate authority of $site" balans ca init --site "$site" ||
      fail "the authority could not be made" "read the reason above"
  fi
  # shellcheck disable=SC2046
  change "making the broker's certificate" balans ca issue broker $(broker_hosts) ||
    fail "the broker's certificate could not be made" "read the reason above"
  change "making the controller's certificate" balans ca issue trafo ||
    fail "the controller's certificate could not be made" "read the reason above"
  # What was issued by an authority that is put back is worth nothing.
  [ "${#undo[@]}" = "$before" ] || remember rm -f /etc/balans/broker/{ca,broker}.{crt,crl,key} /etc/balans/tls/{ca.crt,trafo.crt,trafo.key}
}

broker_has_certificates() {
  local file
  for file in ca.crt ca.crl broker.crt broker.key; do [ -e "/etc/balans/broker/$file" ] || return 1; done
}

set_up_broker() {
  step=broker
  local link=/etc/mosquitto/conf.d/balans.conf drop_in=/etc/systemd/system/mosquitto.service.d/balans.conf before=${#undo[@]}
  put_file "$lists/mosquitto-service.conf" "$drop_in"
  if [ -L "$link" ]; then
    already "the broker listens with TLS alone"
  elif ! broker_has_certificates && { [ "$dry" = no ] || [ ! -e /etc/balans/site.yaml ]; }; then
    say "the broker goes on as it is until it has certificates"
  else
    remember rm -f "$link"
    change "the broker listens with TLS alone, on port 8883" ln -s /etc/balans/broker/mosquitto.conf "$link"
  fi
  [ "${#undo[@]}" -gt "$before" ] && [ "$dry" = no ] && manages_services || return 0
  systemctl daemon-reload
  undo=("${undo[@]:0:before}" "systemctl daemon-reload; systemctl restart mosquitto" "${undo[@]:before}")
  systemctl restart mosquitto || fail "mosquitto does not start" "journalctl -u mosquitto -n 20"
  say "mosquitto runs with its new configuration"
}

name_serial_lines() {
  step='serial lines'
  local line=''
  while read -r line; do say "serial adapter: $line ($(readlink -f "$line"))"; done < <(find /dev/balans -type l 2>/dev/null)
  [ -e /dev/balans ] || say "no serial adapter is plugged in; each will be called /dev/balans/ITS-SERIAL-NUMBER"
}

look_at_disk() {
  step=disk
  local device='' options=''
  read -r device options < <(findmnt -no SOURCE,OPTIONS / 2>/dev/null) || true
  put_file "$lists/journald.conf" /etc/systemd/journald.conf.d/50-balans.conf
  case $device in
    /dev/mmcblk*) ;;
    *) say "the system is on ${device:-an unknown disk}, no memory card"; return ;;
  esac
  case ,$options, in
    *,noatime,*) already "the memory card is mounted with noatime" ;;
    *) warn "the memory card is written to at each read: add noatime to the options of / in /etc/fstab" ;;
  esac
  case ,$options, in
    *,ro,*) warn "/ is mounted read-only: /var/lib/balans needs a place that can be written" ;;
    *) say "hint: a card lasts longest where all but /var is read-only (raspi-config has 'overlay file system')" ;;
  esac
  if [ -n "$(swapon --show=NAME --noheadings 2>/dev/null | grep -v zram || true)" ]; then
    warn "this machine swaps to its memory card: apt-get remove dphys-swapfile"
  fi
}

look_at_clock() {
  step=clock
  if [ -e /dev/rtc0 ] || [ -e /sys/class/rtc/rtc0 ]; then
    already "there is a clock that runs without power"
  elif [ -n "$(installed_version fake-hwclock)" ]; then
    already "the time is kept over a restart (fake-hwclock)"
  elif [ "$dry" = yes ]; then
    say "would: install fake-hwclock"
  elif apt_install install fake-hwclock >/dev/null 2>&1; then
    remember apt_remove purge fake-hwclock
    say "fake-hwclock keeps the time over a restart"
  else
    warn "this machine has no clock that runs without power: apt-get install fake-hwclock, or add one"
  fi
  manages_services || return 0
  if [ "$(timedatectl show -p NTP --value 2>/dev/null)" = yes ]; then
    already "the time comes from the network"
  else
    warn "nothing sets the clock from the network: apt-get install systemd-timesyncd"
  fi
}

look_at_watchdog() {
  step=watchdog
  if [ ! -e /dev/watchdog ]; then say "no hardware watchdog on this machine"; return; fi
  put_file "$lists/hardware-watchdog.conf" /etc/systemd/system.conf.d/50-balans.conf
  [ "$dry" = yes ] || ! manages_services || systemctl daemon-reexec
}

start_unit() {
  local unit=$1 config=$2
  if ! runuser -u "balans-$part" -- "/usr/bin/balans-$part" --check --config "$config"; then
    warn "$unit is not started: its configuration is refused (above)"
  elif systemctl is-enabled -q "$unit" && systemctl is-active -q "$unit"; then
    already "$unit runs"
  else
    say "starting $unit"
    systemctl enable -q "$unit"
    systemctl restart "$unit" || fail "$unit does not start" "journalctl -u $unit -n 20"
  fi
}

start_services() {
  step=services
  local config any=no
  while read -r config; do
    [ -e "$config" ] || continue
    any=yes
    if [ "$dry" = yes ]; then
      say "would: start what $config is for, if it is not running"
    elif ! manages_services; then
      say "no service manager runs here: what $config is for is not started"
    elif [ "$part" = chargepoint ]; then
      start_unit "balans-chargepoint@$(basename "$config" .yaml).service" "$config"
    else
      start_unit "balans-$part.service" "$config"
    fi
  done < <(config_files "$part")
  [ "$any" = yes ] || say "there is no configuration yet: balans init $part makes it (balans init --help), then run this again"
}

# ---- all of it ----

while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) sed -n '2,/^set/ s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    --dry-run) dry=yes ;;
    --from) from=${2:?--from wants a folder}; shift ;;
    trafo | chargepoint | api) part=$1 ;;
    *) fail "'$1' is not known here" "$0 --help" ;;
  esac
  shift
done
[ -n "$part" ] || fail "what is to be installed?" "$0 trafo, $0 chargepoint or $0 api"

[ ! -e /etc/balans ] && [ ! -e /var/lib/balans ] || removal=remove
saved=$(mktemp -d /tmp/balans-install.XXXXXX)
trap put_back EXIT
trap 'exit 130' INT TERM

look_at_machine
find_packages
install_packages
if [ "$part" = trafo ]; then
  make_certificates
  set_up_broker
fi
if [ "$part" != api ]; then
  name_serial_lines
  look_at_disk
  look_at_clock
  look_at_watchdog
fi
start_services
rm -rf "$saved"
if [ "$dry" = yes ]; then say "this was a dry run: nothing was done"; else say "done, with $warnings warning(s)"; fi
