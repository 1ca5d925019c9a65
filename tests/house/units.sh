#!/usr/bin/env bash
# The service units: systemd reads them without a complaint, none may do more than it must (systemd's own score), none waits
# for a network, and each watches and bounds its service. Usage: units.sh SOURCE_FOLDER
set -euo pipefail
source=$1
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not installed: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
units=$work/usr/lib/systemd/system
failures=0
wrong() { echo "WRONG: $*"; failures=$((failures + 1)); }

mkdir -p "$units" "$work/etc/systemd/system/mosquitto.service.d" "$work/usr/bin" "$work/usr/sbin" "$work/bin"
cp -r "$source"/pi/systemd/* "$units"
for program in usr/bin/balans usr/bin/balans-{trafo,chargepoint,api} usr/sbin/mosquitto bin/sh bin/kill usr/bin/sh; do
  printf '#!/bin/sh\n' >"$work/$program" && chmod +x "$work/$program"
done
# What Debian's unit says that matters here: nothing but how it starts.
printf '[Unit]\nDescription=broker\n[Service]\nType=notify\nExecStart=/usr/sbin/mosquitto\n' >"$units/mosquitto.service"

# score UNIT: tenths
score() { systemd-analyze security --offline=yes --root="$work" --no-pager "$1" | sed -n 's/.*exposure level for .*: \([0-9]*\)\.\([0-9]\).*/\1\2/p'; }
at_most() {
  local found
  found=$(score "$1")
  echo "$1: $((${found:-999} / 10)).$((${found:-999} % 10)) of at most $(($2 / 10)).$(($2 % 10))"
  [ "${found:-999}" -le "$2" ] || wrong "$1 may do too much"
}

[ "$(score mosquitto.service)" -gt 90 ] || wrong "the score does not find a unit without any sandbox"
cp "$source/pi/host/mosquitto-service.conf" "$work/etc/systemd/system/mosquitto.service.d/balans.conf"
at_most mosquitto.service 40
for unit in balans-trafo.service balans-chargepoint@x.service balans-api.service balans-again@x.service balans-renew.service; do
  at_most "$unit" 20
done

while read -r unit; do
  name=$(basename "$unit")
  ! grep -E '^(After|Wants|Requires|BindsTo)=.*(network-online|time-sync\.target)' "$unit" || wrong "$name waits for a network"
  case $name in balans-again@* | balans-renew.*) continue ;; esac
  for key in Type=notify WatchdogSec= Restart=always StartLimitBurst= MemoryMax= TasksMax= ExecReload= User=balans-; do
    grep -q "^$key" "$unit" || wrong "$name does not say $key"
  done
done < <(find "$source/pi/systemd" -name '*.service')

complaints_about() {
  systemd-analyze verify --root="$work" --man=no --recursive-errors=no "$1" 2>&1 |
    grep -E 'balans|sandbox' | grep -vE 'not found|Failed to (create|open)' || true
}
sed 's/^WatchdogSec/WatchdogSek/' "$units/balans-api.service" >"$units/balans-planted.service"
[ -n "$(complaints_about balans-planted.service)" ] || wrong "systemd does not complain about an unknown key"
for name in balans-trafo.service balans-chargepoint@x.service balans-api.service balans-again@x.service balans-renew.service; do
  complaints=$(complaints_about "$name")
  [ -z "$complaints" ] || wrong "$name: $complaints"
done
exit $((failures > 0))
