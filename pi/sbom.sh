# shellcheck shell=bash
# What is inside a package, as SPDX 2.3 JSON: the libraries that its program is linked with and those whose headers it was
# compiled from, as dpkg knows them. Sourced by pi/package.sh, never run.
#   DPKG_DATA    where dpkg's data lie
#   SBOM_PREFIX  before each path of a sysroot; empty for this machine

# The packages that own the files on standard input.
owners_of() {
  # dpkg may know /usr/lib by its old name, /lib
  # dpkg may know /usr/lib by its old name, /lib; of two names it finds one
  sed "p; s|^$SBOM_PREFIX/usr/lib/|$SBOM_PREFIX/lib/|" | sort -u |
    { xargs -r dpkg-query --admindir="$DPKG_DATA" --search 2>/dev/null || true; } | sed 's/: .*//; s/, /\n/g' | sort -u
}

# Libraries that an ELF file asks for, and those that they ask for.
linked_files() {
  local folder=$1 readelf=$2 name found=() todo=("$3")
  while [ "${#todo[@]}" -gt 0 ]; do
    for name in $("$readelf" -d "${todo[0]}" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
      name=$(readlink -f "$folder/$name" 2>/dev/null || true)
      [ -e "$name" ] || continue
      case " ${found[*]} " in *" $name "*) continue ;; esac
      found+=("$name")
      todo+=("$name")
    done
    todo=("${todo[@]:1}")
  done
  printf '%s\n' "${found[@]}"
}

# Headers from outside that ninja noted for the target's objects.
compiled_headers() {
  local build=$1 target=$2
  (cd "$build" && ninja -t inputs "$target" | grep '\.o$' | xargs ninja -t deps) |
    sed -n 's|^    \(/.*\)|\1|p' | grep "^$SBOM_PREFIX/usr/include/" | xargs -r -n 500 readlink -f
}

# sbom NAME VERSION CREATED PROGRAM LINKED COMPILED: the two last are files with a package's name on each line.
sbom() {
  local name=$1 version=$2 created=$3 program=$4 linked=$5 compiled=$6 package how
  { sed 's/$/\tDYNAMIC_LINK/' "$linked"; comm -13 "$linked" "$compiled" | sed 's/$/\tBUILD_DEPENDENCY_OF/'; } |
    while IFS=$'\t' read -r package how; do
      dpkg-query --admindir="$DPKG_DATA" -W \
        -f "\${Package}\t\${Version}\t\${Architecture}\t\${source:Package}\t\${source:Version}\t$how\n" "$package"
    done | sort -u | jq -R -s --arg name "$name" --arg version "$version" --arg created "$created" \
    --arg sha256 "$(sha256sum "$program" | cut -d' ' -f1)" -f "$(dirname "${BASH_SOURCE[0]}")/sbom.jq"
}
