#!/usr/bin/env bash
# Checks one variant of the lease protocol with spin:  tests/model/check.sh VARIANT
# `safe` and `live` must hold for every run of the model, `broken-*` must fail and tell how, `reach-*` must be possible.
set -euo pipefail

model=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lease.pml
variant=${1:?usage: check.sh VARIANT}

fail() { printf 'check.sh: %s: %s\n' "$variant" "$*" >&2; exit 1; }
for tool in spin gcc; do
  command -v "$tool" >/dev/null || fail "$tool is not installed (pi/packages.sh lists what the tests need)"
done

# How many faults a run may have. Broken variants get as many as they need: the search for the shortest story is short.
faults=2
expected=holds
order=breadth
options=()
case $variant in
  safe) ;;
  live) options+=(-DLIVE) ;;
  broken-raise-before-ack) faults=0 expected=fails ;;
  broken-no-watchdog | broken-heard-failsafe-uncounted) faults=1 expected=fails ;;
  broken-reverted-unnoticed) faults=1 expected=fails options+=(-DLIVE) ;;
  broken-silent-after-trying) faults=3 expected=fails order=depth ;;
  broken-* | reach-*) expected=fails ;;
  *) fail "is not a variant" ;;
esac
options+=("-DFAULTS=$faults")
# A misspelt name would change nothing; it has to stand in the model.
if [ "$expected" = fails ]; then
  symbol=${variant#broken-}
  symbol=${symbol//-/_}
  symbol=${symbol^^}
  options+=("-D$symbol")
  grep -qE "^#(ifdef|ifndef) $symbol\$" "$model" || fail "the model knows no $symbol"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp "$model" .

spin -a "${options[@]}" lease.pml >spin.txt 2>&1 || { cat spin.txt >&2; fail "spin does not take the model"; }
[ -s pan.c ] || { cat spin.txt >&2; fail "spin made no verifier"; }

# Breadth first where a counterexample is wanted: it is then the shortest. Liveness, and three faults, want depth first.
compiler=(gcc -O1 -w -DMEMLIM=1000)
search=()
if [[ " ${options[*]} " == *" -DLIVE "* ]]; then
  compiler+=(-DNOFAIR)
  search+=(-a)
else
  compiler+=(-DSAFETY)
  [[ $expected == holds || $order == depth ]] || compiler+=(-DBFS)
fi
"${compiler[@]}" -o pan pan.c || fail "the verifier does not compile"
begun=$SECONDS
./pan -n -m2000000 "${search[@]}" >pan.txt 2>&1 || { cat pan.txt >&2; fail "the verifier failed"; }

# Anything but a whole search is no proof.
if grep -qiE 'search depth too small|out of memory|MEMLIM|aborting|hash array|truncated|resource' pan.txt; then
  cat pan.txt >&2
  fail "the search was cut short"
fi
errors=$(sed -n 's/.*depth reached [0-9]*, errors: \([0-9]*\)$/\1/p' pan.txt)
states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.txt)
depth=$(sed -n 's/.*depth reached \([0-9]*\), errors.*/\1/p' pan.txt)
[[ $errors =~ ^[0-9]+$ && -n $states ]] || { cat pan.txt >&2; fail "the verifier did not say what it found"; }
printf '%s: %s states, depth %s, %s s, errors: %s\n' "$variant" "$states" "$depth" "$((SECONDS - begun))" "$errors"

if [ "$errors" != 0 ]; then
  [ -s lease.pml.trail ] || fail "an error without a trail"
  spin -t -T -DTELL "${options[@]}" lease.pml >trail.txt 2>&1 || true
  sed -n 's/^ *| //p; s/.*START OF CYCLE.*/from here for ever:/p' trail.txt | uniq >story.txt
  lines=$(wc -l <story.txt)
  [ "$lines" -le 120 ] || printf '(the last 120 of %s lines)\n' "$lines"
  tail -n 120 story.txt
fi
if [ "$expected" = holds ]; then
  [ "$errors" = 0 ] || fail "the protocol does not hold"
elif [ "$errors" != 1 ]; then
  fail "nothing is found, though it must be"
fi
if [[ $variant == broken-* && " ${options[*]} " != *" -DLIVE "* ]]; then
  grep -q 'OVERLOAD' trail.txt || fail "it fails, but not by an overload"
fi
if [[ $variant == reach-* ]]; then
  grep -q 'REACHED' trail.txt || fail "it fails, but not where it must"
fi
