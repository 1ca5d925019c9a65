#include "trafo/core/saved_thermal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/messages/json.hpp"
#include "common/state_versions.hpp"

namespace balans {
namespace {

constexpr double kNanodays = 1e9;
constexpr std::size_t kMaxBytes = 16 * 1024;
constexpr std::int64_t kMostMillis = 1'000'000'000'000'000;
constexpr std::int64_t kMostMillikelvin = 100'000'000;
constexpr std::int64_t kMostNanodays = 1'000'000'000'000'000'000;

std::int64_t up(double value) { return static_cast<std::int64_t>(std::ceil(value)); }
std::int64_t down(double value) { return static_cast<std::int64_t>(std::floor(value)); }

double thousandth(std::int64_t value) { return static_cast<double>(value) / 1000; }
double days_of(std::int64_t nanodays) { return static_cast<double>(nanodays) / kNanodays; }

ThermalState state_of(const SavedThermal& saved) {
  ThermalState state;
  state.top_oil_c = thousandth(saved.top_oil.count());
  for (Phase p : kPhases) {
    state.fast_gradient_k[p] = thousandth(saved.fast_gradient_mk[p]);
    state.slow_gradient_k[p] = thousandth(saved.slow_gradient_mk[p]);
  }
  return state;
}

AgeingWindow ageing_of(const SavedThermal& saved) {
  std::array<double, AgeingWindow::kQuarters> quarters{};
  for (std::size_t i = 0; i < quarters.size(); ++i) quarters[i] = days_of(saved.life_nanodays[i]);
  return AgeingWindow::restored(quarters, days_of(saved.filling_nanodays), saved.filled_for);
}

template <class Values>
void write_all(json::Writer& writer, std::string_view key, const Values& values) {
  writer.key(key).begin_array();
  for (std::int64_t value : values) writer.integer(value);
  writer.end_array();
}

/// An array of exactly as many integers as `into` has places.
template <class Values>
void read_all(json::ObjectReader& reader, std::string_view key, std::int64_t max, Values& into,
              std::optional<Error>& error) {
  const auto& array = reader.array(key, into.size());
  if (!error && array.size() != into.size())
    reader.fail(key, "expected " + std::to_string(into.size()) + " integers, got " + std::to_string(array.size()));
  if (error) return;
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] = json::integer_of(array[i], reader.path_of(key) + "[" + std::to_string(i) + "]", 0, max, error);
}

ClockState clock_of(json::ObjectReader& reader) {
  const std::string text = reader.string("clock", 16);
  if (text == "synchronised") return ClockState::Synchronised;
  if (text != "free") reader.fail("clock", "'" + text + "' is neither 'synchronised' nor 'free'");
  return ClockState::Free;
}

}  // namespace

SavedThermal save(const RatingMemory& memory, UnixTime at, ClockState clock) {
  SavedThermal saved;
  saved.at = at;
  saved.clock = clock;
  saved.top_oil = rounded_up(memory.state.top_oil_c);
  for (Phase p : kPhases) {
    saved.fast_gradient_mk[p] = up(memory.state.fast_gradient_k[p] * 1000);
    saved.slow_gradient_mk[p] = down(memory.state.slow_gradient_k[p] * 1000);
  }
  saved.cold_for = std::max(Millis(), memory.cold_until - memory.stepped);
  for (std::size_t i = 0; i < AgeingWindow::kQuarters; ++i)
    saved.life_nanodays[i] = up(memory.ageing.quarter(i) * kNanodays);
  saved.filling_nanodays = up(memory.ageing.filling() * kNanodays);
  saved.filled_for = memory.ageing.filled_for();
  return saved;
}

Resumed resume_rating(const RatingPlan& plan, const RatingInput& input, std::optional<UnixTime> unix_now,
                      const SavedThermal& saved, RatingMemory& memory) {
  if (saved.clock != ClockState::Synchronised) return Resumed::ClockWasFree;
  if (!unix_now) return Resumed::ClockIsFree;
  const Millis gap = *unix_now - saved.at;
  if (gap < Millis()) return Resumed::FromTheFuture;
  const double ambient_c = static_cast<double>(design_max(plan.settings.ambient, input.local).count()) / 1000;
  RatingMemory resumed;
  resumed.last_k = memory.last_k;
  resumed.ageing = ageing_of(saved);
  resumed.state =
      run(plan.settings.thermal, state_of(saved), {PerPhase<double>::all(1.0), ambient_c}, gap, resumed.ageing);
  resumed.stepped = input.now;
  resumed.cold_until = input.now + std::max(Millis(), saved.cold_for - gap);
  memory = resumed;
  return Resumed::Yes;
}

std::string encode(const SavedThermal& saved) {
  json::Writer writer;
  writer.begin_object();
  writer.key("version").integer(state::kThermal);
  writer.key("at_ms").integer(saved.at.ms());
  writer.key("clock").string(saved.clock == ClockState::Synchronised ? "synchronised" : "free");
  writer.key("top_oil_mc").integer(saved.top_oil.count());
  write_all(writer, "fast_gradient_mk", saved.fast_gradient_mk.values);
  write_all(writer, "slow_gradient_mk", saved.slow_gradient_mk.values);
  writer.key("cold_for_ms").integer(saved.cold_for.count());
  write_all(writer, "life_nanodays", saved.life_nanodays);
  writer.key("filling_nanodays").integer(saved.filling_nanodays);
  writer.key("filled_for_ms").integer(saved.filled_for.count());
  writer.end_object();
  return writer.take();
}

Result<SavedThermal> decode_saved_thermal(std::string_view text) {
  const auto value = json::parse_strict(text, kMaxBytes);
  if (!value) return value.error().within("thermal state");
  std::optional<Error> error;
  json::ObjectReader reader(*value, "thermal", error);
  // What was written before there were versions is of version 1.
  const std::int64_t version = reader.has("version") ? reader.integer("version", 1, kMostMillis) : 1;
  if (!error && version > state::kThermal)
    return Error{"thermal state", "is of version " + std::to_string(version) + "; this program knows up to " +
                                      std::to_string(state::kThermal)};
  SavedThermal saved;
  saved.at = UnixTime(reader.integer("at_ms", 0, kMostMillis));
  saved.clock = clock_of(reader);
  saved.top_oil = MilliCelsius(reader.integer("top_oil_mc", -100'000, kMostMillikelvin));
  read_all(reader, "fast_gradient_mk", kMostMillikelvin, saved.fast_gradient_mk.values, error);
  read_all(reader, "slow_gradient_mk", kMostMillikelvin, saved.slow_gradient_mk.values, error);
  saved.cold_for = Millis(reader.integer("cold_for_ms", 0, kMostMillis));
  read_all(reader, "life_nanodays", kMostNanodays, saved.life_nanodays, error);
  saved.filling_nanodays = reader.integer("filling_nanodays", 0, kMostNanodays);
  saved.filled_for = Millis(reader.integer("filled_for_ms", 0, AgeingWindow::kQuarter.count() - 1));
  reader.finish();
  if (error) return *error;
  return saved;
}

}  // namespace balans
