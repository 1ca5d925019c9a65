#!/usr/bin/env bash
# Tries this checkout on a bare Debian:  tests/debian.sh SUITE [COMMAND...]
# Makes a minimal root of the suite (bookworm, trixie) with debootstrap, copies the checkout into it (into a folder with a
# space in its name) and runs the command there: tests/run.sh unless told otherwise. Needs root. A second run uses the
# same root again; to start from a bare one, remove it first.
#   DEBIAN_ROOTS      where the roots are kept             (/var/tmp/balans-debian)
#   DEBIAN_MIRROR     where packages come from             (http://deb.debian.org/debian)
#   BALANS_DATA_DIR   if set, seen as ../shared/data there (not set: the run has no data)
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$checkout/pi/packages.sh"
[ $# -ge 1 ] || die "usage: tests/debian.sh SUITE [COMMAND...]"
[ "$(id -u)" = 0 ] || die "making a Debian root needs root"
suite=$1
shift
[ $# -ge 1 ] || set -- tests/run.sh

root=${DEBIAN_ROOTS:-/var/tmp/balans-debian}/$suite
inside='/root/a checkout/balans'

make_root() {
  [ ! -e "$root/etc/os-release" ] || return 0
  command -v debootstrap >/dev/null || apt install -y --no-install-recommends debootstrap
  say "making a bare $suite in $root"
  mkdir -p "$root"
  debootstrap --variant=minbase "$suite" "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >&2
}

# A fresh copy of the sources beside what an earlier run built. Every file counts as new: one that was edited before that
# build ended but copied after it would look old. ccache makes up for it.
copy_checkout() {
  local there=$root$inside
  rm -rf "$there.new"
  mkdir -p "$there.new"
  tar -C "$checkout" --exclude=./build --exclude='./build-*' --exclude=./.git --exclude=./.run -c . | tar -C "$there.new" -xm
  [ ! -d "$there/build" ] || mv "$there/build" "$there.new/build"
  rm -rf "$there"
  mv "$there.new" "$there"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
}

# Own mounts and processes: both are gone when the command ends, however it ends.
run_inside() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    root=$1 data=$2 inside=$3
    shift 3
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    if [ -n "$data" ]; then
      mkdir -p "$root$inside/../shared/data"
      mount --bind "$data" "$root$inside/../shared/data"
    fi
    exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      ${http_proxy:+http_proxy="$http_proxy"} bash -c "cd \"\$0\" && exec \"\$@\"" "$inside" "$@"
  ' bash "$root" "${BALANS_DATA_DIR:-}" "$inside" "$@"
}

make_root
copy_checkout
say "running $* in $root$inside"
run_inside "$@"
