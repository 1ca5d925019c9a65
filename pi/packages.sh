# shellcheck shell=bash
# Which Debian packages Balans needs and how they get there. Sourced by the scripts, never run.

say() { printf 'balans: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# 12 on Debian 12 and Raspberry Pi OS "bookworm"; empty where the system does not say.
debian_version() (
  VERSION_ID=
  # shellcheck disable=SC1091
  [ -r /etc/os-release ] && . /etc/os-release
  printf '%s' "${VERSION_ID%%.*}"
)

boost_packages() {
  if [ "$(debian_version)" = 12 ]; then  # its default Boost, 1.74, has no Boost.URL
    printf '%s\n' libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  else
    printf '%s\n' libboost-dev libboost-json-dev libboost-url-dev
  fi
}

# What each purpose needs; `run` is for the demo and the process tests.
packages_for() {
  case $1 in
    build)
      printf '%s\n' g++ cmake ninja-build pkg-config ccache coinor-libclp-dev
      packages_for libraries
      ;;
    # what the four packages are made of; also what a sysroot for another architecture holds
    libraries)
      boost_packages
      printf '%s\n' libcli11-dev libcurl4-openssl-dev libfmt-dev libmodbus-dev libpaho-mqtt-dev libpaho-mqttpp-dev \
        libpq-dev libsodium-dev libsqlite3-dev libssl-dev libyaml-cpp-dev zlib1g-dev
      ;;
    package) printf '%s\n' dpkg-dev file jq systemd ;;
    package-arm64) printf '%s\n' g++-aarch64-linux-gnu qemu-user-static ;;
    package-armhf) printf '%s\n' g++-arm-linux-gnueabihf qemu-user-static ;;
    run) printf '%s\n' mosquitto ;;
    test)
      printf '%s\n' libgtest-dev libgmock-dev librapidcheck-dev libvalijson-dev postgresql spin shellcheck systemd
      # other people's Modbus, for tests/peers
      printf '%s\n' mbpoll python3-pymodbus python3-serial python3-serial-asyncio
      packages_for iota-node
      ;;
    # apt's Node cannot be installed beside another one
    iota-node) command -v npm >/dev/null || printf '%s\n' nodejs npm ;;
    test-long) printf '%s\n' clang-format clang-tidy libbenchmark-dev ;;
    *) die "packages.sh: no list is called $1" ;;
  esac
}

# Those of the named packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root: run this as root or install sudo"
  fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >&2; }

# install_packages LIST...: installs what is missing of these lists; touches neither apt nor the network otherwise.
install_packages() {
  local list wanted=() missing=()
  command -v dpkg-query >/dev/null || die "this script needs Debian 12 or 13; docs/building.md lists the packages"
  for list in "$@"; do
    mapfile -t -O "${#wanted[@]}" wanted < <(packages_for "$list")
  done
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if [ "${#missing[@]}" = 0 ]; then
    say "all ${#wanted[@]} packages are installed"
    return
  fi
  say "installing ${#missing[@]} missing packages: ${missing[*]}"
  apt update || say "apt-get update failed; going on with the package index that is there"
  # Nothing that somebody installed is thrown out without being asked.
  apt install -y --no-install-recommends --no-remove "${missing[@]}" ||
    die "apt could not install them; to let it remove what is in the way: apt-get install ${missing[*]}"
}
