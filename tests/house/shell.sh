#!/usr/bin/env bash
# Every shell script is read by shellcheck; those of Debian's packages as plain sh. Usage: shell.sh SOURCE_FOLDER
set -euo pipefail
cd "$1"
command -v shellcheck >/dev/null || { echo "shellcheck is not installed: skipped"; exit 77; }
mapfile -t scripts < <(find pi tests -name '*.sh' -not -path '*/planted/*' | sort)
# A planted fault: an unquoted variable.
# shellcheck disable=SC2016
if printf '#!/bin/sh\nrm $1\n' | shellcheck - >/dev/null; then echo "shellcheck finds nothing"; exit 1; fi
shellcheck -x -S warning "${scripts[@]}"
shellcheck -s bash -S warning pi/completion/balans
# @names@ are filled in by CMake.
for script in pi/debian/*.postinst pi/debian/*.prerm pi/debian/*.postrm; do
  sed 's/@unit@/balans-x@.service/g; s/@units@/balans-x@*.service/g; s/@package@/balans-x/g; s/@purge@/true/g; s/@timers@/balans-x.timer/g' "$script" |
    shellcheck -s sh -S warning -
done
echo "${#scripts[@]} scripts are fine"
