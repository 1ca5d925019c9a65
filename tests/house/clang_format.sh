#!/usr/bin/env bash
# clang_format.sh ROOT: every C++ file is formatted as .clang-format says. Newer versions format a few lines otherwise, so
# only the version of Debian 12 judges.
set -euo pipefail

cd "$1"
if ! command -v clang-format >/dev/null; then
  echo "clang-format is not installed; tests/run.sh --long installs it" >&2
  exit 1
fi
if ! clang-format --version | grep -q 'version 14\.'; then
  echo "skipped: formatting is judged by clang-format 14, this is $(clang-format --version)"
  exit 77
fi
find . \( -name 'build*' -o -name node_modules -o -name '.?*' \) -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
  xargs -0 clang-format --dry-run -Werror
