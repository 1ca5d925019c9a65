#!/usr/bin/env bash
# One command from a fresh clone to a running street: installs what is missing, builds, starts the demo.
# Every option goes to `balans-sim demo`; pi/demo.sh --help lists them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/pi/packages.sh"
. "$root/pi/build.sh"

install_packages build run
build_preset "$root" demo

# The data is looked for beside the clone, wherever the command was typed.
if [ -z "${BALANS_DATA_DIR:-}" ] && [ -d "$root/../shared/data" ]; then
  export BALANS_DATA_DIR="$root/../shared/data"
fi
say "starting the demo (Ctrl-C stops it)"
exec "$root/build/demo/bin/balans-sim" demo "$@"
