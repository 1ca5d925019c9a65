#!/usr/bin/env bash
# Measures: installs what is missing, builds Release, writes all figures to build/bench/bench.json and the tables into
# docs/benchmarks.md. Options go to Google Benchmark; with one the tables stay as they are:
#   tests/bench/run.sh --benchmark_filter=decide/congested/1000
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$root/pi/packages.sh"
. "$root/pi/build.sh"

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
  echo "usage: tests/bench/run.sh [BENCHMARK OPTIONS]"
  sed -n 's/^# //p' "${BASH_SOURCE[0]}"
  exit 0
fi

install_packages build test test-long
build=$root/build/bench
say "building Release in build/bench with $(build_jobs) job(s)"
(cd "$root" && cmake --preset release -B "$build" --log-level=WARNING -DBALANS_TESTS=ON \
  "-DBALANS_PARTS=common;trafo" && cmake --build "$build" --target balans_bench -j "$(build_jobs)") >&2 ||
  die "the build failed; the reason is above"

options=(--benchmark_out="$build/bench.json" --benchmark_out_format=json)
if [ $# = 0 ]; then
  options+=(--benchmark_min_time=0.05 --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
    --table="$root/docs/benchmarks.md")
fi
"$build/bin/balans_bench" "${options[@]}" "$@"
say "all figures: build/bench/bench.json"
