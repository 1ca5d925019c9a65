#include "api/app/allocate_energy.hpp"

#include <algorithm>
#include <set>

namespace balans::api {
namespace {

using energy::Booked;
using energy::Certainty;

constexpr Millis kAgain = 60_min;

/// Everybody whose energy is in the slot: who takes part, and whose uses are booked already.
std::set<AgentId> meters_of(const std::vector<energy::Station>& stations, const std::optional<Booked>& booked) {
  std::set<AgentId> meters;
  for (const energy::Station& station : stations) meters.insert(station.station);
  if (booked)
    for (const energy::EnergyUse& use : booked->uses) meters.insert(use.meter);
  return meters;
}

/// A meter without a quarter-hour makes the slot uncertain, unless it had left before.
bool is_missed(const energy::Station& station, const std::set<AgentId>& heard, UnixTime slot) {
  return !heard.contains(station.station) && !(station.left && *station.left <= slot);
}

Result<energy::SlotReadings> readings_of(Store& store, const SiteSlot& slot, const std::optional<Booked>& booked) {
  const auto stations = store.energy().stations(slot.site);
  if (!stations) return stations.error();
  const auto energies = store.roll_ups().energy(slot.site, {slot.slot, slot.slot + energy::kSlot});
  if (!energies) return energies.error();
  const std::set<AgentId> meters = meters_of(*stations, booked);
  energy::SlotReadings readings{slot.slot, {}, {}, Certainty::Certain};
  std::set<AgentId> heard;
  for (const DeviceEnergy& device : *energies) {
    if (!meters.contains(device.agent) || device.quarters == 0) continue;
    heard.insert(device.agent);
    readings.metered.push_back({device.agent, device.imported, device.exported});
    if (device.doubtful > 0) readings.certainty = Certainty::Estimated;
  }
  if (std::any_of(stations->begin(), stations->end(),
                  [&](const auto& station) { return is_missed(station, heard, slot.slot); }))
    readings.certainty = Certainty::Estimated;
  return readings;
}

class Step {
 public:
  Step(Store& store, const energy::SettlingRules& rules, UnixTime now, const EarlierUses& earlier)
      : store_(store), rules_(rules), now_(now), earlier_(earlier) {}

  Result<void> look_at(const SiteSlot& slot, Allocated& allocated) {
    const auto booked = store_.energy().booked(slot);
    if (!booked) return booked.error();
    auto readings = readings_of(store_, slot, *booked);
    if (!readings) return readings.error();
    if (earlier_) {
      auto taken = earlier_(store_, slot, readings->metered);
      if (!taken) return taken.error();
      readings->earlier = *std::move(taken);
    }
    const auto version = settle(*readings, *booked, now_, rules_);
    if (!version) {
      allocated.refused.push_back(version.error().within("site " + slot.site.str()));
      return store_.energy().wait(slot, now_ + kAgain);
    }
    if (*version) {
      if (const auto added = store_.energy().add(slot, **version, now_); !added) return added;
      ++allocated.versions;
    }
    return waits(*readings) ? store_.energy().wait(slot, slot.slot + energy::kSlot + rules_.provisional_after)
                            : store_.energy().done(slot);
  }

 private:
  [[nodiscard]] bool waits(const energy::SlotReadings& readings) const {
    return readings.certainty == Certainty::Estimated &&
           standing_of(readings.slot, now_, rules_) == energy::Standing::Early;
  }

  Store& store_;
  const energy::SettlingRules& rules_;
  const UnixTime now_;
  const EarlierUses& earlier_;
};

}  // namespace

Result<Allocated> allocate_some(Store& store, const energy::SettlingRules& rules, UnixTime now, std::size_t at_once,
                                const EarlierUses& earlier) {
  Allocated allocated;
  const auto done = store.transaction([&]() -> Result<void> {
    const auto due = store.energy().due(now, at_once);
    if (!due) return due.error();
    if (due->size() == at_once) allocated.left = Left::More;
    Step step(store, rules, now, earlier);
    for (const SiteSlot& slot : *due)
      if (const auto looked = step.look_at(slot, allocated); !looked) return looked;
    return {};
  });
  if (!done) return done.error();
  return allocated;
}

}  // namespace balans::api
