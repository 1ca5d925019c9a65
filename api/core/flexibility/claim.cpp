#include "api/core/flexibility/claim.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "api/core/roll_up.hpp"

namespace balans::api::flexibility {
namespace {

constexpr std::size_t kMostProofs = 1000;  // one a second of a quarter-hour, and some

struct Minutes {
  std::size_t first = 0, last = 0;  ///< indices, `last` outside
};

Minutes minutes_of(const DeviceSlot& device, UnixTime slot) {
  const auto at = [&](UnixTime time) {
    const auto found = std::ranges::upper_bound(device.minutes, time, {}, &Minute::end);
    return static_cast<std::size_t>(found - device.minutes.begin());
  };
  return {at(slot), at(slot + kSlot)};
}

/// When in the slot the course ends: what flows after that is caught up, and is no part of it.
UnixTime end_of_course(const DeviceSlot& device, UnixTime slot) {
  return std::clamp(device.course.ends.value_or(slot + kSlot), slot, slot + kSlot);
}

/// What the counter says of that time. Where a reading at its bounds is missing, the next one outside stands for it:
/// then the meter shows rather too much than too little.
std::optional<WattHours> metered(const DeviceSlot& device, UnixTime from, UnixTime to) {
  WattHours before = device.counter_before;
  for (const Minute& minute : device.minutes) {
    if (!minute.counter) continue;
    if (minute.end <= from) before = *minute.counter;
    if (minute.end >= to || !minute.connected) return *minute.counter - before;
  }
  return std::nullopt;
}

/// The smallest limits that have been signed and acknowledged: no minute counts as held down further.
struct Proven {
  std::optional<PerPhase<Milliamps>> limit;
  std::vector<ProofKey> keys;
  bool replayed = false;
};

Proven proven(const DeviceSlot& device, UnixTime slot, const UsedProofs& used) {
  Proven found;
  for (const Proof& proof : device.proofs) {
    if (!is_valid(proof, slot) || found.keys.size() == kMostProofs) continue;
    const ProofKey key{device.device, proof.limit.epoch, proof.limit.boot, proof.limit.seq};
    if (used.contains(key)) {
      found.replayed = true;
      continue;
    }
    found.limit = found.limit ? smaller_of(*found.limit, proof.limit.max.draw) : proof.limit.max.draw;
    found.keys.push_back(key);
  }
  return found;
}

/// What limits kept back in the slot, by the node that bound.
struct Withheld {
  MilliwattHours energy;
  PhaseSet phases;
};

std::map<std::string, Withheld> withheld(const DeviceSlot& device, Minutes in,
                                         const PerPhase<Milliamps>& proven_limit) {
  std::map<std::string, Withheld> by_node;
  for (std::size_t i = in.first; i < in.last; ++i) {
    const CourseMinute& course = device.course.minutes[i];
    if (!course.earns) continue;
    const PerPhase<Milliamps> limit = larger_of(device.minutes[i].limit, proven_limit);
    for (Phase p : kPhases) {
      const Milliamps kept = course.unheld[p] - std::max(limit[p], course.drawn[p]);
      if (kept <= 0_mA) continue;
      Withheld& here = by_node[device.minutes[i].node];
      here.energy += in_a_minute(kept, device.course.voltage);
      here.phases.insert(p);
    }
  }
  return by_node;
}

/// What the mean currents of the slot make; absent where a minute of it has no reading.
std::optional<MilliwattHours> by_currents(const DeviceSlot& device, Minutes in, Millivolts voltage) {
  MilliwattHours sum;
  for (std::size_t i = in.first; i < in.last; ++i) {
    if (!device.minutes[i].drawn) return std::nullopt;
    sum += in_a_minute(device.minutes[i].drawn->sum(), voltage);
  }
  return sum;
}

bool meter_disagrees(const DeviceSlot& device, Minutes in, WattHours meter) {
  const std::optional<MilliwattHours> least = by_currents(device, in, kLeastVoltage);
  const std::optional<MilliwattHours> most = by_currents(device, in, kMostVoltage);
  // A reading may be a minute late, and the counter between two steps.
  const MilliwattHours slack = fine(device.step * 2);
  if (least && *least * 14 / 15 > fine(meter) + slack) return true;
  return most && in.last - in.first == 15 && *most * 16 / 15 + slack < fine(meter);
}

MilliwattHours most_in_a_slot(const DeviceSlot& device) {
  return in_a_minute(device.most * 3, kMostVoltage) * 15 + fine(device.step * 2);
}

MilliwattHours course_energy(const DeviceSlot& device, Minutes in) {
  MilliwattHours sum;
  for (std::size_t i = in.first; i < in.last; ++i)
    sum += in_a_minute(device.course.minutes[i].unheld.sum(), device.course.voltage);
  return sum;
}

Claim refused(Verdict verdict) { return {verdict, {}, {}, {}, {}}; }

/// The claim, if its proofs are good.
Claim reckon(const DeviceSlot& device, Minutes in, WattHours meter, const Proven& proof) {
  const std::map<std::string, Withheld> by_node = withheld(device, in, *proof.limit);
  if (by_node.empty()) return refused(Verdict::NothingWithheld);
  const auto most = std::ranges::max_element(by_node, {}, [](const auto& entry) { return entry.second.energy; });
  const MilliwattHours baseline = course_energy(device, in);
  if (baseline > most_in_a_slot(device)) return refused(Verdict::Impossible);
  const WattHours kept = std::min(whole(baseline) - meter, whole(most->second.energy));
  const WattHours steps = device.step * (kept / device.step);
  if (steps <= 0_Wh) return refused(Verdict::NothingWithheld);
  return {Verdict::Counts, steps, most->first, most->second.phases, proof.keys};
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 9> kNames{"counts",     "nothing-withheld", "no-proof",
                                                   "replayed",   "no-reading",       "meter-disagrees",
                                                   "impossible", "above-row-change", "bad-record"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

bool is_valid(const Proof& proof, UnixTime slot) {
  const std::optional<Ack>& ack = proof.status.ack;
  if (!ack || ack->term() != proof.limit.term() || ack->seq != proof.limit.seq) return false;
  if (proof.status.nonce != proof.limit.nonce || !is_congestion(proof.limit.reason)) return false;
  if (larger_of(ack->limit.draw, proof.limit.max.draw) != proof.limit.max.draw) return false;
  return proof.acknowledged > slot && proof.acknowledged <= slot + kSlot;
}

Claim claim_of(const DeviceSlot& device, UnixTime slot, const UsedProofs& used) {
  const bool aligned = device.course.minutes.size() == device.minutes.size();
  if (!aligned || device.step <= 0_Wh || device.most <= 0_mA) return refused(Verdict::BadRecord);
  const Minutes in = minutes_of(device, slot);
  const Proven proof = proven(device, slot, used);
  const std::optional<WattHours> meter = metered(device, slot, slot + kSlot);
  const std::optional<WattHours> of_course = metered(device, slot, end_of_course(device, slot));
  if (!meter || !of_course) return refused(Verdict::NoReading);
  if (*meter < 0_Wh) return refused(Verdict::BadRecord);
  if (fine(*meter) > most_in_a_slot(device)) return refused(Verdict::Impossible);
  if (meter_disagrees(device, in, *meter)) return refused(Verdict::MeterDisagrees);
  if (!proof.limit) return refused(proof.replayed ? Verdict::Replayed : Verdict::NoProof);
  return reckon(device, in, *of_course, proof);
}

}  // namespace balans::api::flexibility
