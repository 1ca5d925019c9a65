#!/usr/bin/env bash
# Run inside a root where a site is installed: to a newer version and back, past one that refuses the configuration, and through
# a backup. Where systemd is up the services run all the while.
#   upgrade.sh NEWER NEWEST     folders with packages of higher versions
set -euo pipefail
newer=$1 newest=$2
failures=0
ok() { echo "upgrade ok: $*"; }
wrong() {
  echo "upgrade WRONG: $*"
  failures=$((failures + 1))
}
# check TEXT COMMAND...
check() { local text=$1; shift; if "$@"; then ok "$text"; else wrong "$text"; fi; }

booted() { [ -d /run/systemd/system ]; }
version() { dpkg-query -W -f '${Version}' "${1:-balans-trafo}"; }
version_in() { dpkg-deb -f "$(echo "$1"/balans-trafo_*.deb)" Version; }
pid() { systemctl show -p MainPID --value "$1"; }
units=(balans-trafo.service balans-chargepoint@charger-1.service balans-api.service)
wait_active() {
  local unit
  for unit in "${units[@]}"; do
    for _ in $(seq 1 30); do [ "$(systemctl is-active "$unit")" != active ] || break; sleep 1; done
    [ "$(systemctl is-active "$unit")" = active ] || { wrong "$unit is $(systemctl is-active "$unit")"; return 1; }
  done
}
kept() { find /etc/balans -type f ! -path '*/ca/*' -print0 | sort -z | xargs -0 sha256sum; }
# The controller has started since the last time it was asked.
epoch() { cut -d' ' -f1 /var/lib/balans/trafo/epoch; }

first=$(version)
if booted; then
  for part in trafo chargepoint api; do /root/packages/install.sh "$part" >"/tmp/$part.log" 2>&1 || wrong "install.sh $part"; done
  check "the services run" wait_active
  before=$(pid balans-trafo.service) epoch_before=$(epoch)
fi

config=$(kept)
/root/packages/install.sh trafo --from "$newer" >/tmp/upgrade.log 2>&1 || { cat /tmp/upgrade.log; wrong "install.sh of the newer version"; }
check "the newer version is installed, of all parts" test "$(version)$(version balans-api)" = "$(version_in "$newer")$(version_in "$newer")"
check "the configuration is kept" test "$config" = "$(kept)"
if booted; then
  check "the services run again" wait_active
  check "the controller was restarted" test "$(pid balans-trafo.service)" != "$before" -a "$(epoch)" -gt "$epoch_before"
  before=$(pid balans-trafo.service)
fi

# The running program has read its configuration long ago; the new one is asked before anything is changed.
cp -p /etc/balans/site.yaml /root/site.yaml.good
echo 'no_such_key: 1' >>/etc/balans/site.yaml
if /root/packages/install.sh trafo --from "$newest" >/tmp/refused.log 2>&1; then wrong "an upgrade that refuses the configuration is done"; fi
check "an upgrade that refuses the configuration says so" grep -q 'the new version refuses /etc/balans/site.yaml' /tmp/refused.log
check "and names the key" grep -q no_such_key /tmp/refused.log
check "and changes nothing" test "$(version)" = "$(version_in "$newer")"
if booted; then
  check "and the old one goes on" test "$(pid balans-trafo.service)" = "$before"
  # Plain apt knows nothing of configurations; the package's own script does.
  apt-get -q -y install "$newest"/balans*.deb >/tmp/apt.log 2>&1 || { cat /tmp/apt.log; wrong "apt-get install"; }
  check "with plain apt the old program goes on, and it is told" \
    test "$(pid balans-trafo.service)" = "$before" -a -n "$(grep 'goes on with the old version' /tmp/apt.log)"
  cp -p /root/site.yaml.good /etc/balans/site.yaml
  systemctl restart balans-trafo.service
  check "when it is mended the new one starts" wait_active
fi
cp -p /root/site.yaml.good /etc/balans/site.yaml

back=(/var/cache/balans/balans*_"${first}"_*.deb)
check "the packages of the version before are kept" test -e "${back[0]}"
apt-get -q -y --allow-downgrades install "${back[@]}" >/tmp/back.log 2>&1 || { cat /tmp/back.log; wrong "the way back"; }
check "the old version is back" test "$(version)$(version balans-api)" = "$first$first"
check "with the same configuration" test "$config" = "$(kept)"
booted && check "and runs" wait_active

# ---- a backup ----
balans backup /root/site.tar.gz || wrong "backup"
check "a backup is nobody else's to read" test "$(stat -c %a /root/site.tar.gz)" = 600
if booted; then
  if balans restore --force /root/site.tar.gz >/tmp/restore.log 2>&1; then wrong "a restore under running services"; fi
  check "a restore under running services is refused" grep -q 'is in use by.*balans-trafo' /tmp/restore.log
  systemctl stop "${units[@]}"
fi
check "a restore over a configuration is refused" grep -q -- --force <(balans restore /root/site.tar.gz 2>&1 || true)
epoch_before=$(epoch)
rights=$(find /etc/balans /var/lib/balans -printf '%p %M %u %g\n' | grep -v -e journal.sqlite -e thermal.json | sort)
balans restore --force /root/site.tar.gz || wrong "restore"
check "the same files with the same rights" test "$rights" = "$(find /etc/balans /var/lib/balans -printf '%p %M %u %g\n' | grep -v -e journal.sqlite -e thermal.json | sort)"
check "the same configuration" test "$config" = "$(kept)"
check "the epoch is far above" test "$(epoch)" -gt $((epoch_before + 1000000))
check "what was there is beside it" test -e "$(echo /etc/balans.before-*/site.yaml)"
if booted; then
  echo "$(epoch) 1 2" >/var/lib/balans/trafo/epoch # as a version of tomorrow would write it
  systemctl start "${units[@]}"
  check "the services run from what was restored" wait_active
  check "state of a newer version was set aside" test -e /var/lib/balans/trafo/epoch.version-2
  sleep 15
  case $(systemctl show -p StatusText --value balans-trafo.service) in
    "1 of 1 agents heard, 1 of 1 meters good, broker connected"*) ok "the controller has its agent again" ;;
    *) wrong "after the restore: $(systemctl show -p StatusText --value balans-trafo.service)" ;;
  esac
  systemctl stop "${units[@]}"
fi
balans dump --redact --out /root/dump.txt >/dev/null || wrong "dump"
for secret in $(cat /etc/balans/keys/*.key) $(sed -n 's/^deployment: "\(.*\)"/\1/p' /etc/balans/site.yaml); do
  if grep -q -- "$secret" /root/dump.txt; then wrong "a dump has a key"; fi
done
check "a dump has no key, and the configuration" grep -q 'rated_kva: 40' /root/dump.txt
exit $((failures > 0))
