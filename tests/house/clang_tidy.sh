#!/usr/bin/env bash
# clang_tidy.sh ROOT BUILD: every file that this build compiles passes the checks of .clang-tidy.
set -euo pipefail

root=$1
build=$2
if ! command -v clang-tidy >/dev/null; then
  echo "clang-tidy is not installed; tests/run.sh --long installs it" >&2
  exit 1
fi
# The option that quiets GCC 12 is unknown to clang.
sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" | sort -u | tr '\n' '\0' |
  xargs -0 -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option \
    --config-file="$root/.clang-tidy" --warnings-as-errors='*'
