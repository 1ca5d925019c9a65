#!/usr/bin/env bash
# Installs what the tests need, builds, and runs them: those labelled `fast`, with --long also those labelled `long` and
# then all benchmarks, which write their tables into docs/benchmarks.md (hours).
# Every other option goes to ctest, and leaves the benchmarks out:  tests/run.sh -R Lease
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/pi/packages.sh"
. "$root/pi/build.sh"

lists=(build run test)
long=no
labels='^fast$'
options=()
for option in "$@"; do
  case $option in
    --help | -h)
      echo "usage: tests/run.sh [--long] [CTEST OPTIONS]"
      sed -n 's/^# //p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    --long)
      lists+=(test-long)
      long=yes
      labels='^(fast|long)$'
      ;;
    *) options+=("$option") ;;
  esac
done

install_packages "${lists[@]}"
build_preset "$root" test

say "running the tests labelled $labels"
cd "$root/build/test"
ctest --output-on-failure --no-tests=error -j "$(nproc)" -L "$labels" ${options[@]+"${options[@]}"}

if [ "$long" = yes ] && [ "${#options[@]}" = 0 ]; then
  exec "$root/tests/bench/run.sh"
fi
