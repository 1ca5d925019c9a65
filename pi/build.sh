# shellcheck shell=bash
# Configures and builds one preset of CMakePresets.json. Sourced by the scripts, never run.

# One compiler takes up to 1.3 GB, so memory decides as much as cores do.
build_jobs() {
  local cores memory_mb jobs
  cores=$(nproc 2>/dev/null || echo 1)
  memory_mb=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
  jobs=$((${memory_mb:-0} / 1500))
  if [ "${memory_mb:-0}" -le 2048 ] || [ "$jobs" -lt 1 ]; then
    jobs=1
  fi
  echo $((jobs < cores ? jobs : cores))
}

# build_preset ROOT PRESET [CMAKE_ARGS...]
build_preset() {
  local root=$1 preset=$2 jobs
  shift 2
  jobs=$(build_jobs)
  say "building preset '$preset' in build/$preset with $jobs job(s)"
  (cd "$root" && cmake --preset "$preset" --log-level=WARNING "$@" && cmake --build "build/$preset" -j "$jobs") >&2 ||
    die "the build failed; the reason is above"
}
