#!/usr/bin/env bash
# Boots a root with its own systemd, beside this machine's processes, and runs a command in it when it is up: the services are
# then held in their real sandboxes.  boot.sh ROOT COMMAND...
# The network is this machine's. Exit code 77: systemd does not boot here.
set -euo pipefail
root=$1
shift
name=balans-install.$$
group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/$name
[ -x "$root/usr/lib/systemd/systemd" ] || { echo "no systemd in $root"; exit 77; }
mkdir "$group" 2>/dev/null || { echo "no control groups here"; exit 77; }

# shellcheck disable=SC2016
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child bash -c '
    set -e
    root=$1
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    for folder in run tmp; do mount -t tmpfs tmpfs "$root/$folder"; done
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null zero full random urandom tty; do
      : >"$root/dev/$device"
      mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/hugepages"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    mount -t tmpfs tmpfs "$root/dev/shm"
    ln -s /proc/self/fd "$root/dev/fd"
    cd "$root"
    pivot_root . mnt
    umount -l /mnt
    exec env -i container=balans-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/systemd/systemd --system --unit=multi-user.target
  ' bash "$root"
) </dev/null >/dev/null 2>&1 &
outer=$!

end() {
  kill -KILL "$outer" 2>/dev/null || true # and with it all that runs inside
  wait "$outer" 2>/dev/null || true
  for _ in $(seq 1 20); do grep -q . "$group"/cgroup.procs "$group"/*/cgroup.procs 2>/dev/null || break; sleep 0.1; done
  find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
}
trap end EXIT

enter() {
  nsenter --target "$(pgrep -P "$outer" -x systemd)" --all -- \
    env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
for _ in $(seq 1 60); do
  state=$(enter systemctl is-system-running 2>/dev/null || true)
  case $state in running | degraded) break ;; esac
  sleep 0.5
done
case ${state:-} in
  running | degraded) ;;
  *) echo "systemd does not boot here (${state:-nothing})"; exit 77 ;;
esac
code=0
enter "$@" || code=$?
exit "$code"
