#!/usr/bin/env bash
# Measures: installs what is missing, builds Release, writes tables and plots into docs/ and every figure to build/bench.
#   --decisions  only the time of decisions (a few minutes): build/bench/bench.json
#   --polls      only the requests of each device's poll (a moment)
#   --ingest     only what the backend keeps a second beside bare inserts and bare COPY (a few minutes)
#   --journal    only durable transfers beside the bare engine's inserts (four minutes and more, as the disk is)
#   --payment    only a payment run of 5,000 stations (a minute)
#   --iota       only how long it takes to build and sign payments of IOTA (a moment)
#   --flexibility  only what is rewarded on real sessions beside what was really shifted (a moment)
#   --service    only the backend under the load of thousands of sites (half an hour; the machine must have nothing else to do)
#   --field      only Balans beside bare programs on the same links (a quarter of an hour; the machine must have nothing else to do)
#   --quality    only the comparison of policies on real sessions (hours; --csv is written as it goes): build/bench/quality.csv
# Without any, all. Further options go to the one chosen, and the docs stay as they are:
#   tests/bench/run.sh --decisions --benchmark_filter=decide/congested/1000
#   tests/bench/run.sh --quality --days early --sites BOD,KRO --weeks 1
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$root/pi/packages.sh"
. "$root/pi/build.sh"

which=all
case ${1:-} in
  --help | -h)
    echo "usage: tests/bench/run.sh [--decisions | --polls | --ingest | --journal | --payment | --iota | --flexibility | --service | --field | --quality] [OPTIONS]"
    sed -n 's/^# //p; s/^#  /  /p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  --decisions | --polls | --ingest | --journal | --payment | --iota | --flexibility | --service | --field | --quality)
    which=${1#--}
    shift
    ;;
  "") ;;
  *) die "the first option is --decisions, --polls, --ingest, --journal, --payment, --iota, --flexibility, --service, --field, --quality or --help" ;;
esac

install_packages build test test-long
build=$root/build/bench
say "building Release in build/bench with $(build_jobs) job(s)"
(cd "$root" && cmake --preset release -B "$build" --log-level=WARNING -DBALANS_TESTS=ON \
  "-DBALANS_PARTS=common;trafo;chargepoint;api;sim;cli" &&
  cmake --build "$build" --target balans_bench balans_polls balans_ingest balans_journal_bench balans_payment balans_iota balans_flexibility balans_service balans_field balans_quality -j "$(build_jobs)") >&2 ||
  die "the build failed; the reason is above"

decisions() {
  local options=(--benchmark_out="$build/bench.json" --benchmark_out_format=json)
  if [ $# = 0 ]; then
    options+=(--benchmark_min_time=0.05 --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
      --table="$root/docs/benchmarks.md")
  fi
  "$build/bin/balans_bench" "${options[@]}" "$@"
  say "all figures: build/bench/bench.json"
}

polls() { (cd "$root" && "$build/bin/balans_polls" "$root/docs/benchmarks.md"); }

ingest() {
  local options=()
  [ $# != 0 ] || options=(--page "$root/docs/benchmarks.md")
  "$build/bin/balans_ingest" ${options[@]+"${options[@]}"} "$@"
}

journal() {
  local options=()
  [ $# != 0 ] || options=(--page "$root/docs/benchmarks.md")
  "$build/bin/balans_journal_bench" ${options[@]+"${options[@]}"} "$@"
}

payment() {
  local options=()
  [ $# != 0 ] || options=(--page "$root/docs/energy-billing.md")
  "$build/bin/balans_payment" ${options[@]+"${options[@]}"} "$@"
}

iota() {
  local options=()
  [ $# != 0 ] || options=(--page "$root/docs/benchmarks.md")
  "$build/bin/balans_iota" ${options[@]+"${options[@]}"} "$@"
}

flexibility() {
  local options=()
  [ $# != 0 ] || options=(--page "$root/docs/flexibility.md")
  (cd "$root" && "$build/bin/balans_flexibility" ${options[@]+"${options[@]}"} "$@")
}

service() {
  local options=()
  [ $# != 0 ] || options=(--page "$root/docs/benchmarks.md")
  "$build/bin/balans_service" --program "$build/bin/balans-api" ${options[@]+"${options[@]}"} "$@"
}

field() {
  local options=(--rounds 100)
  if [ $# = 0 ]; then
    options+=(--page "$root/docs/benchmarks.md")
  else
    options=()
  fi
  local folder
  folder=$(mktemp -d)
  "$build/bin/balans_field" --source "$root" --programs "$build/bin" --folder "$folder/field" "${options[@]}" "$@"
  rm -rf "$folder"
}

quality() {
  local options=(--csv "$build/quality.csv")
  if [ $# = 0 ]; then
    options+=(--days late --page "$root/docs/benchmarks.md" --plots "$root/docs/plots")
  else
    options+=(--plots "$build/plots")
  fi
  (cd "$root" && "$build/bin/balans_quality" "${options[@]}" "$@")
  say "all figures: build/bench/quality.csv"
}

case $which in
  all)
    for each in decisions polls ingest journal payment iota flexibility service field quality; do "$each"; done
    ;;
  *) "$which" "$@" ;;
esac
