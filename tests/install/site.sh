#!/usr/bin/env bash
# Run inside a root where the packages are installed: a site of one transformer and one charger, as an installer would leave
# it. The devices listen on METER_PORT and CHARGER_PORT of 127.0.0.1.
set -euo pipefail
keys=/etc/balans/keys

# A key file for USER, and its public half on standard output.
make_key() {
  local file=$1 user=$2 seed
  seed=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && echo "$seed" >"$file")
  chown "$user" "$file"
  # PKCS #8 around an Ed25519 seed
  printf '%b' "$(printf '302e020100300506032b657004220420%s' "$seed" | sed 's/../\\x&/g')" |
    openssl pkey -inform DER -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'
}

deployment=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
trafo=$(make_key $keys/trafo.key balans-trafo)
site=$(make_key $keys/site.key balans-trafo)
device=$(make_key $keys/charger-1.key balans-chargepoint)

cat >/etc/balans/site.yaml <<END
site: test
deployment: "$deployment"
keys: { trafo: keys/trafo.key, site: keys/site.key }
broker: { host: 127.0.0.1, port: 8883, tls: { ca: tls/ca.crt, cert: tls/trafo.crt, key: tls/trafo.key } }
state_dir: /var/lib/balans/trafo
status_file: /run/balans/trafo.json
devices_dir: /usr/share/balans/devices
transformer: { rated_kva: 40, margin_percent: 3, design_peak_base_a: 30, rating: static }
meter: { device: meters/eastron_sdm630, tcp: { host: 127.0.0.1, port: $METER_PORT }, unit: $METER_UNIT, poll_ms: 1000 }
lease: { ttl_s: 30, failsafe_hold_s: 120 }
tick_ms: 1000
agents:
  - { id: charger-1, key: "$device", kind: charger, phases: [L1, L2, L3], max_a: 16, failsafe_a: 6, settle_s: 6, revert_s: 60,
      device_fallback_a: 6 }
api: { url: "http://127.0.0.1:8080" }
END
cat >/etc/balans/agents/charger-1.yaml <<END
agent: charger-1
site: test
deployment: "$deployment"
keys: { device: ../keys/charger-1.key, trafo: "$trafo" }
broker: { host: 127.0.0.1, port: 8883, tls: { ca: ../tls/ca.crt, cert: ../tls/charger-1.crt, key: ../tls/charger-1.key } }
state_dir: /var/lib/balans/chargepoint/charger-1
status_file: /run/balans/charger-1.json
devices_dir: /usr/share/balans/devices
device: { file: chargers/alfen_eve, tcp: { host: 127.0.0.1, port: $CHARGER_PORT }, unit: $CHARGER_UNIT }
kind: charger
phases: [L1, L2, L3]
min_a: 6
max_a: 16
step_a: 0.1
settle_s: 6
revert_s: 60
failsafe_a: 6
device_fallback_a: 6
failsafe_hold_s: 120
cold_load_pickup_s: 0
reading_every_s: 10
tick_ms: 1000
END
cat >/etc/balans/api.yaml <<END
deployment: "$deployment"
listen: { host: 127.0.0.1, port: 8080 }
database: /var/lib/balans/api/balans.sqlite
sites: [{ id: test, key: "$site", agents: [{ id: charger-1, key: "$device" }] }]
END
