#include "chargepoint/core/metering.hpp"

#include <algorithm>

namespace balans {
namespace {

constexpr Millis kLongestGap = Millis(10'000);
constexpr std::int64_t kMwsPerWh = 3'600'000;

WattHours import_of(const MeteringMemory& memory) {
  return memory.last->energy_import.value_or(WattHours(memory.mws / kMwsPerWh));
}

}  // namespace

void meter(MeteringMemory& memory, const DeviceReport& report) {
  if (memory.last && report.taken > memory.last->taken && report.taken - memory.last->taken <= kLongestGap) {
    const Millis gap = report.taken - memory.last->taken;
    const PerPhase<Milliamps> current = memory.last->current.value_or(PerPhase<Milliamps>{});
    for (Phase p : kPhases) memory.ma_ms[p] += current[p].count() * gap.count();
    const std::int64_t milliwatts =
        std::max<std::int64_t>(0, current.sum().count()) * (defaults::kNominal.count() / 1000);
    memory.mws += milliwatts * gap.count() / 1000;
    memory.covered += gap;
  }
  if (!memory.last || report.taken > memory.last->taken) memory.last = report;
}

std::optional<Reading> end_of_period(MeteringMemory& memory, Millis period, AgentState state,
                                     const PerPhase<Milliamps>& limit, BootTime now) {
  if (!memory.since) memory.since = now;
  if (now - *memory.since < period) return std::nullopt;
  memory.since = now;
  std::optional<Reading> reading;
  if (memory.covered > Millis() && memory.last) {
    reading.emplace();
    reading->at = AgentTime(now.ms());
    reading->energy_import = import_of(memory);
    reading->energy_export = memory.last->energy_export.value_or(WattHours());
    for (Phase p : kPhases) reading->mean[p] = Milliamps(memory.ma_ms[p] / memory.covered.count());
    reading->limit = limit;
    reading->state = state;
  }
  memory.ma_ms = {};
  memory.covered = Millis();
  return reading;
}

}  // namespace balans
