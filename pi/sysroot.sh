# shellcheck shell=bash
# A sysroot for another architecture: the libraries of this Debian, unpacked, and dpkg's own data about them. Nothing of it
# is run. Sourced by pi/package.sh after pi/packages.sh, never run.

debian_suite() (
  # shellcheck disable=SC1091
  . /etc/os-release
  printf '%s' "${VERSION_CODENAME:?}"
)

# apt as it is on this machine, but for another architecture and with its own lists.
sysroot_apt() {
  local root=$1 arch=$2
  shift 2
  apt-get -q -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$root/apt/state" \
    -o Dir::State::status="$root/apt/status" -o Dir::Cache="$root/apt/cache" -o Dir::Etc::sourceparts=- \
    -o Dir::Etc::sourcelist="$root/apt/sources.list" -o APT::Install-Recommends=no -o APT::Sandbox::User=root \
    -o Debug::NoLocking=true "$@" >&2
}

# One package into the sysroot; into its dpkg data too, with the paths as they are seen from here.
sysroot_unpack() {
  local root=$1 deb=$2 name arch entry
  dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink --no-same-owner
  name=$(dpkg-deb -f "$deb" Package)
  arch=$(dpkg-deb -f "$deb" Architecture)
  entry=$root/dpkg/info/$name
  [ "$(dpkg-deb -f "$deb" Multi-Arch)" != same ] || entry+=:$arch
  dpkg-deb --control "$deb" "$root/dpkg/control"
  { dpkg-deb -f "$deb" | sed 's/^Package:.*/&\nStatus: install ok installed/' && echo; } >>"$root/dpkg/status"
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed "s|^\.\(/.*[^/]\)/*\$|$root\1|; s|^$root/lib/|$root/usr/lib/|; /^\./d" >"$entry.list"
  for kind in symbols shlibs; do
    [ ! -e "$root/dpkg/control/$kind" ] || cp "$root/dpkg/control/$kind" "$entry.$kind"
  done
  rm -rf "$root/dpkg/control"
}

# make_sysroot ROOT ARCH: once; a second run uses it again, unless other libraries are needed by now.
make_sysroot() {
  local root=$1 arch=$2 mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian} suite link deb libraries
  mapfile -t libraries < <(packages_for libraries)
  [ "$(cat "$root/complete" 2>/dev/null)" != "${libraries[*]}" ] || return 0
  suite=$(debian_suite)
  say "making a sysroot of $suite for $arch in $root"
  rm -rf "$root"
  mkdir -p "$root"/apt/{state/lists/partial,cache/archives/partial} "$root"/dpkg/{info,updates,triggers} "$root"/usr/{bin,sbin,lib}
  for link in bin sbin lib; do ln -s "usr/$link" "$root/$link"; done
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" \
    "$mirror" "$suite-updates" >"$root/apt/sources.list"
  touch "$root/apt/status" "$root/dpkg/available"
  echo 1 >"$root/dpkg/info/format"
  sysroot_apt "$root" "$arch" update || die "the package lists for $arch cannot be had"
  sysroot_apt "$root" "$arch" install -y --download-only libc6-dev libstdc++6 "${libraries[@]}" ||
    die "the libraries for $arch cannot be had"
  for deb in "$root"/apt/cache/archives/*.deb; do sysroot_unpack "$root" "$deb"; done
  rm -rf "$root/apt/cache"
  printf '%s\n' "${libraries[*]}" >"$root/complete"
}
