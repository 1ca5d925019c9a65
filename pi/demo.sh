#!/usr/bin/env bash
# One command from a fresh clone to a running street: installs what is missing, builds, starts the demo.
# Every option goes to `balans-sim demo`; pi/demo.sh --help lists them. With --ledger iota-local it also installs what the
# network of IOTA needs that the demo then runs for itself.
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
options=()
case " $* " in
  *" --ledger iota-local "* | *" --ledger=iota-local "*)
    install_packages iota-node
    "$root/tests/iota_node/install.sh"
    options=(--iota-node "$root/tests/iota_node/node.mjs")
    # At noon neighbours use so much of the roof that the second payment run pays for it.
    case " $* " in
      *" --start "* | *" --start="*) ;;
      *) options+=(--start 2019-04-03T12:00) ;;
    esac
    ;;
esac
say "starting the demo (Ctrl-C stops it)"
exec "$root/build/demo/bin/balans-sim" demo ${options[@]+"${options[@]}"} "$@"
