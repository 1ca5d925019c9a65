#!/usr/bin/env bash
# Installs the packages on a bare Debian, as a person would: runs the site for a minute, installs once more, upgrades and goes
# back, restores a backup, removes, purges.
#   --suite SUITE       bookworm or trixie   (this machine's)
#   --arch ARCH         of the packages      (this machine's; another one runs under qemu-user)
#   --packages FOLDER   made already         (else pi/package.sh makes them)
#   --seconds N         how long it runs     (60)
#   --bare yes          also tells how long it takes from a bare Debian, with apt and the network, to the first limit
# Needs root. Bare roots are kept in DEBIAN_ROOTS (/var/tmp/balans-debian). BALANS_SIM is a balans-sim that is built already.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
. "$checkout/pi/packages.sh"
. "$checkout/pi/build.sh"
. "$checkout/pi/sysroot.sh"

suite=$(debian_suite) arch=$(dpkg --print-architecture) packages='' seconds=60 bare=no
while [ $# -gt 0 ]; do
  case $1 in
    --suite | --arch | --packages | --seconds | --bare) declare "${1#--}=${2:?$1 wants a value}"; shift 2 ;;
    *) sed -n '2,/^set/ s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 1 ;;
  esac
done
[ "$(id -u)" = 0 ] || die "a Debian root needs root"
roots=${DEBIAN_ROOTS:-/var/tmp/balans-debian}
base=$roots/base-$suite-$arch ready=$roots/ready-$suite-$arch root=$roots/install-$suite-$arch
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
passed=0
failures=0
started=$SECONDS

ok() { passed=$((passed + 1)); say "ok: $*"; }
wrong() { failures=$((failures + 1)); say "WRONG: $*"; }
# check TEXT COMMAND...
check() { local text=$1; shift; if "$@"; then ok "$text"; else wrong "$text"; fi; }

make_base() {
  [ ! -e "$base/complete" ] || return 0
  command -v debootstrap >/dev/null || apt install -y --no-install-recommends debootstrap
  say "making a bare $suite for $arch in $base"
  rm -rf "$base"
  debootstrap --arch="$arch" --variant=minbase "$suite" "$base" "$mirror" >&2
  touch "$base/complete"
}

# Own mounts and processes, which end with the command.
inside() {
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
    mkdir -p "$root/run/balans"
    exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
  ' bash "$root" ${http_proxy:+http_proxy="$http_proxy"} "$@"
}
export -f inside
export root

# Every file outside what may change while packages come and go: path, kind, rights, owner, content.
snapshot() {
  local skip=(-path ./proc -o -path ./dev -o -path ./sys -o -path ./run -o -path ./tmp -o -path ./root -o -path ./var/cache
    -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/log -o -path ./var/lib/systemd -o -path ./var/lib/mosquitto -o -path ./var/tmp
    -o -path ./usr/share/info/dir -o -path ./etc/ld.so.cache -o -path ./etc/.pwd.lock
    -o -path ./etc/.updated -o -path ./var/.updated) # systemd's own
  (cd "$root" && {
    find . -xdev \( "${skip[@]}" \) -prune -o -printf '%p %y %m %u:%g %l\n'
    find . -xdev \( "${skip[@]}" \) -prune -o -type f -print0 | xargs -0 sha256sum | awk '{ print $2, substr($1, 1, 16) }'
  }) | sort
}

# What our packages depend on is installed before, so that only ours is judged. Kept until they depend on something else.
make_ready() {
  local needs
  needs=$(for deb in "$packages"/balans*_"$arch".deb; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' |
    sed 's/|.*//; s/(.*//; s/ //g' | grep -v '^balans' | sort -u | tr '\n' ' ')
  [ "$(cat "$ready.needs" 2>/dev/null)" != "$needs" ] || return 0
  say "installing what the packages depend on"
  rm -rf "$ready" "$ready.needs"
  cp -a --reflink=auto "$base" "$ready"
  cp -L /etc/resolv.conf "$ready/etc/resolv.conf"
  # shellcheck disable=SC2086
  { root=$ready inside apt-get -q update && root=$ready inside env DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
    --no-install-recommends $needs fake-hwclock systemd-sysv dbus perl; } >"$ready.log" 2>&1 ||
    { tail "$ready.log"; die "the dependencies cannot be had"; }
  echo "$needs" >"$ready.needs"
}

prepare_root() {
  say "a fresh root in $root"
  rm -rf "$root"
  cp -a --reflink=auto "$ready" "$root"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  mkdir -p "$root/root/packages" "$root/root/tests"
  cp "$packages"/*_"$arch".deb "$root/root/packages/"
  rm -f "$root"/root/packages/*-dbgsym_*
  cp "$checkout/pi/install.sh" "$root/root/packages/"
  cp "$here"/*.sh "$here"/*.pl "$root/root/tests/"
}

# The same packages with a higher revision: what is in them is of no interest to whoever upgrades.
# make_newer FOLDER REVISION
make_newer() {
  local to=$root/root/$1 revision=$2 deb old new
  mkdir -p "$to"
  for deb in "$root"/root/packages/*.deb; do
    rm -rf "$work/newer" && dpkg-deb -R "$deb" "$work/newer"
    old=$(dpkg-deb -f "$deb" Version)
    new=${old%%-*}-$revision+${old#*+}
    sed -i "s/^Version: .*/Version: $new/; s/(= $old)/(= $new)/" "$work/newer/DEBIAN/control"
    dpkg-deb -Znone -b "$work/newer" "$to/$(basename "${deb/$old/$new}")" >/dev/null
  done
  rm -rf "$work/newer"
}

install_all() {
  local part
  for part in trafo chargepoint api; do inside /root/packages/install.sh "$part"; done
}

start_devices() {
  BALANS_SIM=${BALANS_SIM:-$checkout/build/demo/bin/balans-sim}
  if [ ! -x "$BALANS_SIM" ]; then
    install_packages build run
    build_preset "$checkout" demo
  fi
  work=$(mktemp -d)
  mkfifo "$work/commands"
  "$BALANS_SIM" street --device charger-1 --transformer-kva 40 --ports-file "$work/ports" --truth "$work/truth" \
    --devices-dir "$checkout/config/devices" --data-dir /nonexistent <"$work/commands" >"$work/out" 2>"$work/err" &
  street=$!
  trap 'kill "$street" 2>/dev/null || true' EXIT
  exec 7>"$work/commands"
  until [ -s "$work/ports" ]; do kill -0 "$street" || die "no devices: $(cat "$work/err")"; sleep 0.2; done
  echo '{"car":"charger-1","plug":{"kwh":20,"phases":3,"max_a":16}}' >&7
}
port() { jq -r "$1" "$work/ports"; }

configure_site() {
  inside env METER_PORT="$(port .meter.port)" METER_UNIT="$(port .meter.unit)" \
    CHARGER_PORT="$(port '.devices["charger-1"].port')" CHARGER_UNIT="$(port '.devices["charger-1"].unit')" \
    /root/tests/site.sh || die "the site could not be configured"
}

run_site() {
  start_devices
  configure_site
  inside /root/packages/install.sh trafo || wrong "install.sh with a configuration"
  inside balans ca issue charger-1 --owner balans-chargepoint || wrong "no certificate for the agent"
  check "mosquitto is set up for TLS alone" test -L "$root/etc/mosquitto/conf.d/balans.conf"
  check "the services run for $seconds s, reload, and stop in time" inside env STOPS_WITHIN="${STOPS_WITHIN:-2}" \
    bash -c 'systemd-tmpfiles --create balans.conf && exec perl /root/tests/supervise.pl "$@"' bash "$seconds" mosquitto.service balans-api.service balans-trafo.service \
    balans-chargepoint@charger-1.service
  sleep 2 # the street's truth is a second old
  cp "$work/truth" "$work/truth.then"
  judge_site
  run_under_systemd
  upgrade_and_back
  [ "$bare" = no ] || time_from_bare
  exec 7>&-
  kill "$street"
  wait "$street" || true
}

# Where this machine lets a root boot. Under qemu-user nothing does.
run_under_systemd() {
  local code=0
  if [ "$arch" != "$(dpkg --print-architecture)" ]; then say "systemd is not booted for another architecture"; return; fi
  "$here/boot.sh" "$root" /root/tests/services.sh >"$work/services.log" 2>&1 || code=$?
  cat "$work/services.log" >&2
  case $code in
    77) say "skipped: the services under systemd itself" ;;
    *) check "the services run in their sandboxes under systemd itself" test "$code" = 0 ;;
  esac
}

# To newer versions and back, with the services running where systemd can be booted.
upgrade_and_back() {
  local code=77
  make_newer newer 8
  make_newer newest 9
  if [ "$arch" = "$(dpkg --print-architecture)" ]; then
    code=0
    "$here/boot.sh" "$root" /root/tests/upgrade.sh /root/newer /root/newest >"$work/upgrade.log" 2>&1 || code=$?
  fi
  if [ "$code" = 77 ]; then
    say "without services: none can be booted here"
    code=0
    inside /root/tests/upgrade.sh /root/newer /root/newest >"$work/upgrade.log" 2>&1 || code=$?
  fi
  cat "$work/upgrade.log" >&2
  check "upgrades, the way back, and a backup" test "$code" = 0
}

judge_site() {
  local log=$root/var/log most
  check "the controller sent limits" grep -q '"event":"limit-sent"' "$log/supervise.balans-trafo.service.log"
  check "the agent took a lease" grep -q '"event":"lease-accepted"' "$log/supervise.balans-chargepoint@charger-1.service.log"
  check "the device was left with its failsafe" grep -q '"event":"left-with-failsafe","ma":6000,"feed_ma":0,"error":""' \
    "$log/supervise.balans-chargepoint@charger-1.service.log"
  [ "$seconds" -lt 40 ] || check "readings reached the api" grep -q '"event":"readings-delivered"' "$log/supervise.balans-trafo.service.log"
  most=$(jq -s '[.[].devices["charger-1"].ma[]] | max' "$work/truth.then")
  check "the car charged ($most mA at most)" test "$most" -gt 6000
  check "at the end the charger allows no more than its failsafe" \
    test "$(tail -n 1 "$work/truth.then" | jq '.devices["charger-1"].allowed_ma')" -le 6000
  say "from the controller's start to its first limit: $(($(first_ms limit-sent) - $(first_ms started))) ms"
}
first_ms() {
  sed -n "s/.*\"t_ms\":\([0-9]*\).*\"event\":\"$1\".*/\1/p" "$root/var/log/supervise.balans-trafo.service.log" | head -n 1
}

# What a service's user may not read.
judge_secrets() {
  check "an agent cannot read the controller's key" refused balans-chargepoint /etc/balans/keys/trafo.key
  check "the controller cannot read an agent's key" refused balans-trafo /etc/balans/keys/charger-1.key
  check "the broker cannot read the controller's key" refused mosquitto /etc/balans/keys/trafo.key
  check "an agent cannot read the broker's key" refused balans-chargepoint /etc/balans/broker/broker.key
}
refused() { ! inside runuser -u "$1" -- cat "$2" >/dev/null 2>&1; }

judge_packages() {
  local size
  rm -rf "$work/unpacked" && mkdir "$work/unpacked"
  for deb in "$root"/root/packages/*.deb; do dpkg-deb -x "$deb" "$work/unpacked"; done
  check "the programs are hardened" env BUILD_FOLDER="$checkout" "$here/hardened.sh" "$work"/unpacked/usr/bin/*
  size=$(du -sk --apparent-size "$work/unpacked" | cut -f1)
  say "all four packages, unpacked: $size kB"
  dpkg-deb -x "$(echo "$root"/root/packages/balans-trafo_*.deb)" "$work/trafo"
  size=$(du -sk --apparent-size "$work/trafo" | cut -f1)
  check "the controller with its own files takes $size kB of 10000" test "$size" -le 10000
  for deb in balans balans-trafo balans-chargepoint balans-api; do
    say "$deb: $(du -skL --apparent-size "$work/unpacked/usr/bin/$deb" | cut -f1) kB program," \
      "$(jq '.packages | length - 1' "$work/unpacked/usr/share/doc/$deb/sbom.spdx.json") packages in its SBOM"
  done
  check "each program has a man page" test -e "$work/unpacked/usr/share/man/man1/balans-trafo.1.gz"
}

again() {
  local begin took
  begin=$(date +%s%N)
  unshare --net bash -c 'inside /root/packages/install.sh trafo' || wrong "install.sh does not run a second time"
  took=$((($(date +%s%N) - begin) / 1000000))
  check "a second run, without a network, takes $took ms of 15000" test "$took" -le 15000
  check "a dry run changes nothing" dry_run_changes_nothing
}
dry_run_changes_nothing() {
  local before
  before=$(snapshot)
  inside /root/packages/install.sh trafo --dry-run >/dev/null && [ "$before" = "$(snapshot)" ]
}

# A step that fails leaves things as they were: here a file lies where a folder has to be.
fail_and_put_back() {
  local before
  : >"$root/etc/systemd/journald.conf.d"
  before=$(snapshot)
  if inside /root/packages/install.sh trafo >"$work/failed" 2>&1; then wrong "install.sh does not see that it failed"; fi
  check "a failure says what to do" grep -q 'What to do: ' "$work/failed"
  check "a failure puts back what that run has changed" test "$before" = "$(snapshot)"
  rm "$root/etc/systemd/journald.conf.d"
}

remove_and_purge() {
  inside apt-get -q -y remove balans-api balans-chargepoint balans-trafo balans >/dev/null 2>&1 || wrong "removing"
  check "removing keeps configuration and data" test -e "$root/etc/balans/site.yaml" -a -e "$root/var/lib/balans/trafo/epoch"
  inside apt-get -q -y purge balans-api balans-chargepoint balans-trafo balans >/dev/null 2>&1 || wrong "purging"
  check "purging leaves no configuration and no data" test ! -e "$root/etc/balans" -a ! -e "$root/var/lib/balans"
  snapshot >"$work/after"
  diff "$work/before" "$work/after" >"$work/differences" || true
  # Users stay, as Debian wants it; the folders of the test itself are the test's.
  grep -E '^[<>]' "$work/differences" | grep -vE '^[<>] \./etc/(passwd|group|shadow|gshadow|subuid|subgid)-? |^[<>] \./(etc|var|var/lib|etc/systemd/system|usr/share/bash-completion.*) ' \
    >"$work/left" || true
  check "nothing else on the machine has changed" test ! -s "$work/left"
  head -n 20 "$work/left" >&2
}

# From a Debian that has nothing: apt, our packages, a configuration, services, the first limit.
time_from_bare() {
  local begin took
  root=$roots/bare-$suite-$arch
  rm -rf "$root"
  cp -a --reflink=auto "$base" "$root"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  mkdir -p "$root/root/packages" "$root/root/tests"
  cp "$roots/install-$suite-$arch"/root/packages/* "$root/root/packages/"
  cp "$here"/*.sh "$here"/*.pl "$root/root/tests/"
  begin=$SECONDS
  for part in trafo chargepoint; do inside /root/packages/install.sh "$part" >"$work/bare.log" 2>&1 || tail "$work/bare.log"; done
  took=$((SECONDS - begin))
  configure_site
  inside /root/packages/install.sh trafo >/dev/null && inside balans ca issue charger-1 --owner balans-chargepoint >/dev/null
  { inside apt-get -q -y install perl || true; } >/dev/null 2>&1 # of the test, not of Balans
  inside env STOPS_WITHIN=20 bash -c 'systemd-tmpfiles --create balans.conf && exec perl /root/tests/supervise.pl 20 "$@"' bash \
    mosquitto.service balans-trafo.service balans-chargepoint@charger-1.service >/dev/null 2>&1 || true
  took=$((took + ($(first_ms limit-sent) - $(first_ms started)) / 1000 + 1))
  check "from a bare Debian to the first limit, with apt and the network: $took s of 600" test "$took" -le 600
  rm -rf "$root"
  root=$roots/install-$suite-$arch
}

install_packages run package
if [ -z "$packages" ]; then
  packages=$checkout/build/packages
  "$checkout/pi/package.sh" --arch "$arch" --out "$packages"
fi
make_base
make_ready
prepare_root
snapshot >"$roots/before"
begin=$SECONDS
install_all || die "install.sh failed"
say "three parts installed in $((SECONDS - begin)) s"
run_site
mv "$roots/before" "$work/before"
judge_secrets
judge_packages
again
remove_and_purge
fail_and_put_back
rm -rf "$work"
say "took $((SECONDS - started)) s"
echo "$passed passed, $failures failed"
exit $((failures > 0))
