#!/usr/bin/env bash
# Reads back from programs that they were built as packages are: position independent, all relocations read-only before main,
# no executable stack, guarded stacks, checked library calls, no symbols, no path of whoever built them.
#   hardened.sh PROGRAM...
set -euo pipefail
failures=0
readelf=${READELF:-readelf}
for program in "$@"; do
  headers=$("$readelf" -hW "$program")
  segments=$("$readelf" -lW "$program")
  dynamic=$("$readelf" -dW "$program")
  symbols=$("$readelf" --dyn-syms -W "$program")
  wrong() { echo "WRONG: $program $*"; failures=$((failures + 1)); }
  grep -q 'Type: *DYN' <<<"$headers" || wrong "is not position independent"
  grep -q GNU_RELRO <<<"$segments" || wrong "has no read-only relocations"
  grep -Eq 'BIND_NOW|Flags:.* NOW' <<<"$dynamic" || wrong "binds its functions lazily"
  ! grep -Eq 'GNU_STACK.* RWE' <<<"$segments" || wrong "has an executable stack"
  grep -q '__stack_chk_fail' <<<"$symbols" || wrong "has no guarded stacks"
  grep -Eq '__[a-z0-9]+_chk(@|$)' <<<"$(grep -v __stack_chk <<<"$symbols")" || wrong "checks no library call"
  ! grep -q RPATH\\\|RUNPATH <<<"$dynamic" || wrong "looks for libraries where whoever built it did"
  ! "$readelf" -SW "$program" | grep -q ' \.symtab ' || wrong "is not stripped"
  ! grep -aq -m1 -e "${BUILD_FOLDER:-/no/such/folder}" "$program" || wrong "names the folder that it was built in"
done
[ "$failures" = 0 ] && echo "$# programs are hardened"
exit $((failures > 0))
