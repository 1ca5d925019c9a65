#!/usr/bin/env bash
# install.sh SOURCE BUILD: what is installed is complete, and the tool finds the device files from anywhere.
set -euo pipefail
source=$1
build=$2

prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
for component in data balans; do
  cmake --install "$build" --prefix "$prefix" --component "$component" >/dev/null
done
diff -r "$source/config/devices" "$prefix/share/balans/devices"
diff -r "$source/config/schema" "$prefix/share/balans/schema"
cd /
"$prefix/bin/balans" device show eastron_sdm630 | grep -q Eastron
listed=$("$prefix/bin/balans" device list --json | grep -o '"name"' | wc -l)
files=$(find "$source/config/devices" -name '*.yaml' | wc -l)
if [ "$listed" -lt "$files" ]; then
  echo "$listed devices are listed, $files files are there" >&2
  exit 1
fi
echo "$files device files installed and listed"
