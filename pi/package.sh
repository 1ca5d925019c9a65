#!/usr/bin/env bash
# Makes the Debian packages balans, balans-trafo, balans-chargepoint and balans-api, for this Debian.
#   --arch ARCH      amd64, arm64 or armhf       (this machine's)
#   --out FOLDER     where they go               (build/packages)
#   --revision N     of the packages' version    (1)
#   --build FOLDER   where they are built        (build/package-ARCH)
#   --jobs N         compilers at once           (by cores and memory)
# Another architecture than this machine's is compiled against a sysroot, which is made once (BALANS_SYSROOTS, default
# /var/tmp/balans-sysroots).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for part in packages build sysroot man sbom; do
  # shellcheck source=/dev/null
  . "$root/pi/$part.sh"
done

usage() {
  echo "usage: pi/package.sh [--arch ARCH] [--out FOLDER] [--revision N] [--build FOLDER] [--jobs N]"
  sed -n '2,/^set/ s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

arch='' out=$root/build/packages revision=1 build='' jobs=''
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --arch | --out | --revision | --build | --jobs)
      [ $# -ge 2 ] || die "$1 wants a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    *) die "pi/package.sh does not know '$1' (see --help)" ;;
  esac
done

native=$(dpkg --print-architecture)
arch=${arch:-$native}
case $arch in
  amd64) triplet=x86_64-linux-gnu run=() ;;
  arm64) triplet=aarch64-linux-gnu run=(qemu-aarch64-static) ;;
  armhf) triplet=arm-linux-gnueabihf run=(qemu-arm-static) ;;
  *) die "--arch is amd64, arm64 or armhf, not '$arch'" ;;
esac
[[ $revision =~ ^[0-9]+$ ]] || die "--revision is a number, not '$revision'"
build=${build:-$root/build/package-$arch}
jobs=${jobs:-$(build_jobs)}
created=$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$created}

# Sets: configure, DPKG_DATA, SBOM_PREFIX, run, readelf
choose_toolchain() {
  configure=() DPKG_DATA=/var/lib/dpkg SBOM_PREFIX='' readelf=readelf
  if [ "$arch" = "$native" ]; then
    install_packages build package
    run=()
    return
  fi
  [ "$native" = amd64 ] || die "$arch is built on $arch itself or on amd64"
  install_packages build package "package-$arch"
  local sysroot
  sysroot=${BALANS_SYSROOTS:-/var/tmp/balans-sysroots}/$(debian_suite)-$arch
  make_sysroot "$sysroot" "$arch"
  configure=(-DCMAKE_TOOLCHAIN_FILE="$root/cmake/cross.cmake" -DBALANS_TRIPLET="$triplet" -DBALANS_SYSROOT="$sysroot")
  DPKG_DATA=$sysroot/dpkg SBOM_PREFIX=$sysroot readelf=$triplet-readelf
  run+=(-L "$sysroot")
}

compile() {
  say "building the packages' programs for $arch in $build with $jobs job(s)"
  (cd "$root" && cmake --preset package -B "$build" --log-level=WARNING -DBALANS_PACKAGE_VERSION="$version" "${configure[@]}" &&
    nice -n "${BALANS_NICE:-0}" cmake --build "$build" -j "$jobs" \
      --target balans balans-trafo balans-chargepoint balans-api) >&2 ||
    die "the build failed; the reason is above"
}

# What the programs and dpkg tell, into build/made/COMPONENT, which the packages take in as /usr/share.
make_extras() {
  local component=$1 program=$2 made=$build/made/$1 config
  rm -rf "$made"
  mkdir -p "$made/man/man1" "$made/man/man5" "$made/doc/$program"
  man_program "$program" "$version" "${run[@]}" "$build/bin/$program" >"$made/man/man1/$program.1" ||
    die "$program --help does not run"
  case $component in
    trafo) config=site ;; chargepoint) config=agent ;; api) config=api ;; *) config= ;;
  esac
  [ -z "$config" ] || man_config "$config.yaml" "$version" "$program" "$root/config/$config.yaml" \
    >"$made/man/man5/balans-$config.yaml.5"
  find "$made/man" -type f -exec gzip -9n {} +
  find "$made/man" -type d -empty -delete
  linked_files "${SBOM_PREFIX}/usr/lib/$triplet" "$readelf" "$build/bin/$program" | owners_of >"$build/made/$component.linked"
  compiled_headers "$build" "bin/$program" | owners_of >"$build/made/$component.compiled"
  sbom "$program" "$version" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)" "$build/bin/$program" \
    "$build/made/$component.linked" "$build/made/$component.compiled" >"$made/doc/$program/sbom.spdx.json"
  if [ "$component" = tools ]; then
    mkdir -p "$made/bash-completion/completions"
    for program in trafo chargepoint api; do ln -s balans "$made/bash-completion/completions/balans-$program"; done
  fi
}

# The packages that a program's libraries come from, with the least versions that have what it uses.
library_depends() {
  local work=$build/made/shlibdeps
  mkdir -p "$work/debian"
  printf 'Source: balans\n\nPackage: balans\nArchitecture: any\n' >"$work/debian/control"
  (cd "$work" && DEB_HOST_ARCH=$arch dpkg-shlibdeps --admindir="$DPKG_DATA" \
    ${SBOM_PREFIX:+-l"$SBOM_PREFIX/usr/lib/$triplet"} --warnings=0 -O "$build/bin/$1" \
    2>"$work/said" || { cat "$work/said" >&2; die "dpkg-shlibdeps does not know what $1 needs"; }) | sed 's/^shlibs:Depends=//'
}

# CPack with what was found: each program's own dependencies come before its libraries'.
pack() {
  local component program upper options=() depends
  for component in tools trafo chargepoint api; do
    program=$(program_of "$component")
    upper=${component^^}
    depends=$(sed -n "s/^set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS \"\(.*\)\")/\1/p" "$build/CPackConfig.cmake")
    options+=(-D "CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS=$depends, $(library_depends "$program")")
  done
  rm -rf "$build/packages"
  (cd "$build" && cpack -G DEB -B "$build/packages" -D CPACK_DEBIAN_PACKAGE_ARCHITECTURE="$arch" \
    "${options[@]}") >"$build/cpack.log" 2>&1 || { cat "$build/cpack.log" >&2; die "the packages could not be made"; }
}

program_of() { if [ "$1" = tools ]; then echo balans; else echo "balans-$1"; fi; }

version=$(sed -n 's/^project(balans VERSION \([0-9.]*\) .*/\1/p' "$root/CMakeLists.txt")-$revision+deb$(debian_version)
choose_toolchain
compile
for component in tools trafo chargepoint api; do make_extras "$component" "$(program_of "$component")"; done
pack
mkdir -p "$out"
for deb in "$build"/packages/*.deb "$build"/packages/*.ddeb; do
  [ -e "$deb" ] || continue
  # Debian's own name for packages of debugging symbols ends in .deb too.
  install -m 644 "$deb" "$out/$(basename "${deb%.*}").deb"
done
install -m 755 "$root/pi/install.sh" "$out/install.sh"
(cd "$out" && sha256sum ./*.deb >SHA256SUMS)
say "the packages are in $out:"
(cd "$out" && ls -l -- *"${version}_$arch".deb) | awk '{ printf "  %8.1f kB  %s\n", $5 / 1000, $9 }'
