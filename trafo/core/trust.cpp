#include "trafo/core/trust.hpp"

#include <algorithm>
#include <cstdlib>

namespace balans {
namespace {

constexpr std::int64_t kPlausibleTimesRating = 4;  // above that the CT ratio or the decimal point is wrong
constexpr int kGoodAgainAfter = 5;                 // samples in a row
constexpr Milliamps kSignSlack = Milliamps(3000);
constexpr Millis kEnergyWindow = Millis(10'000);
constexpr Millis kLongestEnergyWindow = Millis(100'000);
constexpr std::int64_t kStepOfShortWindowWh = 100;
constexpr std::int64_t kEnergySlackWh = 20;  // beside the counter's own step: it is not refreshed when it is read

bool within_range(const Expected& expected, const MeterSample& sample) {
  return std::all_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
    return std::abs(sample.current[p].count()) <= kPlausibleTimesRating * expected.limit[p].count();
  });
}

bool sign_is_right(const Expected& expected, const MeterSample& sample) {
  if (expected.feeds_back) return true;  // the energy counter decides
  return std::all_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
    return sample.current[p] + kSignSlack >= std::max(expected.drawn[p], Milliamps());
  });
}

/// A coarse step would hide too much of what flows in ten seconds.
Millis energy_window(WattHours step) {
  return std::clamp(kEnergyWindow * (step.count() / kStepOfShortWindowWh), kEnergyWindow, kLongestEnergyWindow);
}

/// Counts power against the energy counter, window by window. Returns false where they disagreed by more than a quarter
/// and the counter's step in the last whole window. Other doubts about the meter do not matter here, or none of them
/// could ever end.
bool energy_agrees(MeterTrust& trust, const MeterSample& sample) {
  if (!sample.energy_import || !sample.power) return true;
  auto& check = trust.energy_check;
  if (!check || !trust.last) {
    check = MeterTrust::EnergyCheck{sample.taken, *sample.energy_import, 0};
    return true;
  }
  check->watt_ms += sample.power->count() * (sample.taken - trust.last->taken).count();
  if (sample.taken - check->since < energy_window(sample.energy_step)) return trust.energy_agreed;
  const std::int64_t counted = (*sample.energy_import - check->counter).count();
  const std::int64_t expected = std::max<std::int64_t>(0, check->watt_ms / 3'600'000);
  check = MeterTrust::EnergyCheck{sample.taken, *sample.energy_import, 0};
  const std::int64_t slack = kEnergySlackWh + sample.energy_step.count();
  trust.energy_agreed = std::abs(counted - expected) <= slack + std::max(std::abs(counted), expected) / 4;
  return trust.energy_agreed;
}

/// Empty, or what is implausible.
const char* implausible(const Expected& expected, const MeterSample& sample, bool energy_agrees) {
  if (!within_range(expected, sample)) return "current is beyond four times the limit of its place";
  if (!sign_is_right(expected, sample)) return "shows less than the devices below it draw";
  return energy_agrees ? "" : "energy counter and power disagree";
}

MeterQuality quality_of(const Expected& expected, MeterTrust& trust, const MeterSample& sample) {
  const bool agrees = energy_agrees(trust, sample);  // counts every sample, whatever else is wrong
  const bool frozen = sample.taken - trust.life_changed >= defaults::kMeterFrozen;
  trust.doubt = frozen ? "no voltage, frequency, energy or clock has changed" : implausible(expected, sample, agrees);
  if (frozen) return MeterQuality::Frozen;
  return *trust.doubt == '\0' ? MeterQuality::Good : MeterQuality::Implausible;
}

void take_in(const Expected& expected, MeterTrust& trust, const MeterSample& sample) {
  if (!trust.last || trust.last->life != sample.life) trust.life_changed = sample.taken;
  MeterQuality quality = quality_of(expected, trust, sample);
  trust.last = sample;
  trust.good_in_a_row = quality == MeterQuality::Good ? trust.good_in_a_row + 1 : 0;
  const bool was_bad = trust.quality != MeterQuality::Good && trust.quality != MeterQuality::Late &&
                       trust.quality != MeterQuality::Missing;
  if (quality == MeterQuality::Good && was_bad && trust.good_in_a_row < kGoodAgainAfter) {
    quality = trust.quality;
    trust.doubt = "good again, for too short a time";
  }
  trust.quality = quality;
  if (quality == MeterQuality::Good) trust.good = sample;
}

}  // namespace

MeterTrust judge(const Expected& expected, MeterTrust trust, const std::optional<MeterSample>& sample, BootTime now) {
  const bool is_new = sample && (!trust.last || sample->taken > trust.last->taken);
  if (is_new) take_in(expected, trust, *sample);
  if (!trust.last) return trust;
  const Millis age = now - trust.last->taken;
  if (age >= defaults::kMeterStale) {
    trust.quality = MeterQuality::Stale;
    trust.doubt = "no sample for ten seconds";
    trust.good_in_a_row = 0;
    trust.energy_check.reset();
    trust.energy_agreed = true;
  } else if (age >= defaults::kMeterLate && trust.quality == MeterQuality::Good) {
    trust.quality = MeterQuality::Late;
  }
  return trust;
}

bool still_holds(const MeterTrust& trust, BootTime now) {
  return trust.good && now - trust.good->taken < defaults::kMeterStale;
}

}  // namespace balans
