#include "api/app/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/check.hpp"

namespace balans::api {
namespace {

constexpr std::array<double, 11> kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};

std::string escaped(std::string_view text) {
  std::string safe;
  for (char c : text) {
    if (c == '\\' || c == '"') safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

std::string written(Metrics::Labels labels) {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escaped(value));
  return text;
}

std::string in_braces(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }

std::string_view name_of(Metrics::Kind kind) {
  if (kind == Metrics::Kind::Counter) return "counter";
  return kind == Metrics::Kind::Gauge ? "gauge" : "histogram";
}

}  // namespace

Metrics::Metrics(std::vector<Family> families) : families_(std::move(families)) {
  for (const Family& family : families_) all_[family.name];
}

Metrics::Series& Metrics::series(std::string_view name, Labels labels) {
  const auto family = all_.find(name);
  BALANS_CHECK(family != all_.end());
  const std::string key = written(labels);
  const auto known = family->second.find(key);
  if (known != family->second.end()) return known->second;
  return family->second[family->second.size() < kMostSeries ? key : ""];
}

void Metrics::add(std::string_view name, Labels labels, double by) {
  const std::lock_guard lock(mutex_);
  series(name, labels).value += by;
}

void Metrics::set(std::string_view name, Labels labels, double value) {
  const std::lock_guard lock(mutex_);
  series(name, labels).value = value;
}

void Metrics::observe(std::string_view name, Labels labels, double seconds) {
  const std::lock_guard lock(mutex_);
  Series& one = series(name, labels);
  one.buckets.resize(kBounds.size());
  for (std::size_t i = 0; i < kBounds.size(); ++i)
    if (seconds <= kBounds.at(i)) ++one.buckets[i];
  ++one.count;
  one.value += seconds;
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const Family& family : families_) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", family.name, family.help, name_of(family.kind));
    for (const auto& [labels, one] : all_.at(family.name)) {
      if (family.kind != Kind::Histogram) {
        text += fmt::format("{}{} {}\n", family.name, in_braces(labels), one.value);
        continue;
      }
      const std::string before = labels.empty() ? "" : labels + ",";
      for (std::size_t i = 0; i < one.buckets.size(); ++i)
        text += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", family.name, before, kBounds.at(i), one.buckets[i]);
      text += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", family.name, before, one.count);
      text += fmt::format("{0}_sum{1} {2}\n{0}_count{1} {3}\n", family.name, in_braces(labels), one.value, one.count);
    }
  }
  return text;
}

std::vector<Metrics::Family> api_families() {
  using Kind = Metrics::Kind;
  return {
      {"balans_build_info", Kind::Gauge, "The version that runs."},
      {"balans_http_requests_total", Kind::Counter, "Requests answered, by route, method and status."},
      {"balans_http_request_duration_seconds", Kind::Histogram, "From the whole request to its answer, by route."},
      {"balans_http_connections", Kind::Gauge, "Open connections."},
      {"balans_http_streams", Kind::Gauge, "Open event streams."},
      {"balans_http_connections_total", Kind::Counter, "Connections accepted."},
      {"balans_http_timeouts_total", Kind::Counter, "Connections closed because a client took too long."},
      {"balans_http_streams_dropped_total", Kind::Counter, "Event streams ended because a listener did not keep up."},
      {"balans_http_failed_handshakes_total", Kind::Counter, "TLS handshakes that failed."},
      {"balans_store_jobs", Kind::Gauge, "Jobs that wait for the database or are under way, by lane."},
      {"balans_store_refused_total", Kind::Counter, "Requests sent away because too much waited for the database."},
      {"balans_readings_total", Kind::Counter, "Readings that sites have handed over, by outcome."},
      {"balans_batches_refused_total", Kind::Counter, "Batches of readings refused as a whole."},
      {"balans_evidence_total", Kind::Counter, "Records of devices and nodes that bound them, by outcome."},
      {"balans_states_total", Kind::Counter, "Live states taken from sites."},
      {"balans_sites", Kind::Gauge, "Sites that are enrolled."},
      {"balans_sites_heard", Kind::Gauge, "Sites that have spoken in the last minute."},
      {"balans_orders_waiting", Kind::Gauge, "Orders that their sites have not acknowledged."},
      {"balans_settlement_open", Kind::Gauge, "Settlements that are not over, by chain."},
      {"balans_settlement_holdings_nanos", Kind::Gauge, "What the hot wallet holds on the chain, in nanos."},
      {"balans_settlement_above_cap", Kind::Gauge, "1 while the hot wallet holds more than its cap."},
      {"balans_settlement_held", Kind::Gauge, "Settlements for which nothing was done in the last round, by reason."},
      {"balans_settlement_last_round_timestamp_seconds", Kind::Gauge, "The last complete round, Unix seconds."},
      {"process_resident_memory_bytes", Kind::Gauge, "Resident memory."},
      {"process_open_fds", Kind::Gauge, "Open file descriptors."},
      {"process_cpu_seconds_total", Kind::Counter, "User and system time."},
      {"process_start_time_seconds", Kind::Gauge, "Start of the process, Unix seconds."},
  };
}

}  // namespace balans::api
