#!/usr/bin/env bash
# Run inside a root whose systemd is up: the services in their real sandboxes. They start, stay, reload, are killed when their
# loop is stuck and come back, and stop in time.
set -euo pipefail
units=(balans-trafo.service balans-chargepoint@charger-1.service balans-api.service)
failures=0
ok() { echo "services ok: $*"; }
wrong() {
  echo "services WRONG: $*"
  failures=$((failures + 1))
}
show() { systemctl show -p "$2" --value "$1"; }

for part in trafo chargepoint api; do
  /root/packages/install.sh "$part" >"/tmp/$part.log" 2>&1 || { cat "/tmp/$part.log"; wrong "install.sh $part"; }
done
sleep 12
for unit in mosquitto.service "${units[@]}"; do
  if [ "$(systemctl is-active "$unit")" = active ] && [ "$(show "$unit" NRestarts)" = 0 ]; then
    ok "$unit runs: $(show "$unit" StatusText)"
  else
    wrong "$unit: $(systemctl is-active "$unit"), started again $(show "$unit" NRestarts) times"
    journalctl -q -u "$unit" -n 15 --no-pager -o cat
  fi
done
case $(show balans-trafo.service StatusText) in
  "1 of 1 agents heard, 1 of 1 meters good, broker connected"*) ok "the controller has all it needs" ;;
  *) wrong "the controller lacks something" ;;
esac
case $(show balans-chargepoint@charger-1.service StatusText) in
  following*) ok "the agent follows" ;;
  *) wrong "the agent does not follow" ;;
esac
systemctl reload balans-trafo.service && ok "reloaded" || wrong "reload"

# A loop that is stuck: nobody but the loop feeds the watchdog.
unit=balans-chargepoint@charger-1.service
pid=$(show "$unit" MainPID)
kill -STOP "$pid"
for _ in $(seq 1 30); do
  [ "$(show "$unit" NRestarts)" = 0 ] || break
  sleep 1
done
if [ "$(show "$unit" NRestarts)" = 1 ]; then ok "a stuck agent was killed and started again"; else wrong "a stuck agent stays stuck"; fi
sleep 3

for unit in "${units[@]}"; do
  begin=$(date +%s%N)
  systemctl stop "$unit"
  took=$((($(date +%s%N) - begin) / 1000000))
  if [ "$took" -le 2000 ] && [ "$(show "$unit" Result)" = success ]; then ok "$unit stopped in $took ms"; else wrong "$unit took $took ms"; fi
done
exit $((failures > 0))
