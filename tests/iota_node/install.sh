#!/usr/bin/env bash
# Installs the official SDK, exactly as package-lock.json names it, where the stand-in looks for it: build/iota_node of
# this checkout. Does nothing where it lies there already. Usage: install.sh
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
to=$(cd "$here/../.." && pwd)/build/iota_node

say() { printf 'balans: %s\n' "$*" >&2; }

if cmp -s "$here/package-lock.json" "$to/installed-lock.json"; then exit 0; fi

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  say "the stand-in for an IOTA node needs node and npm (Debian's packages nodejs and npm)"
  exit 1
fi
if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)'; then
  say "the stand-in for an IOTA node needs node 18 or newer; here is $(node --version)"
  exit 1
fi

mkdir -p "$to"
# Two may install at a time, tests and demo: the second finds it done.
exec 9>"$to/lock"
flock 9
if cmp -s "$here/package-lock.json" "$to/installed-lock.json"; then exit 0; fi
cp "$here/package.json" "$here/package-lock.json" "$to/"
say "installing the IOTA SDK into build/iota_node"
if ! (cd "$to" && npm ci --no-audit --no-fund --loglevel=error --fetch-retries=2 --fetch-timeout=30000) >&2; then
  say "npm could not install the IOTA SDK: is its registry (registry.npmjs.org) within reach?"
  exit 1
fi
cp "$here/package-lock.json" "$to/installed-lock.json"
