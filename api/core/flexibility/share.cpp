#include "api/core/flexibility/share.hpp"

#include <algorithm>
#include <numeric>

#include "api/core/roll_up.hpp"
#include "common/wide_integer.hpp"

namespace balans::api::flexibility {
namespace {

using Wide = Int128;
using Energies = PerPhase<MilliwattHours>;
constexpr std::size_t kMinutesOfASlot = 15;

/// The minute of the slot that an end of a minute lies in; absent outside it.
std::optional<std::size_t> index_of(UnixTime end, UnixTime slot) {
  if (end <= slot || end > slot + kSlot) return std::nullopt;
  return static_cast<std::size_t>((stretch_of(kMinute, end) - slot) / kMinute);
}

template <class Each>
void for_minutes_of(const Course& course, UnixTime slot, Each each) {
  auto minute = std::ranges::upper_bound(course.minutes, slot, {}, &CourseMinute::end);
  for (; minute != course.minutes.end(); ++minute) {
    const std::optional<std::size_t> index = index_of(minute->end, slot);
    if (!index || *index >= kMinutesOfASlot) return;
    each(*minute, *index);
  }
}

WattHours sum_of(std::span<const WattHours> energies) {
  return std::accumulate(energies.begin(), energies.end(), WattHours());
}

/// The part of a claim on each of its phases; a rest of 1 or 2 Wh goes to the first ones.
PerPhase<WattHours> parts_of(const RowClaim& claim) {
  PerPhase<WattHours> parts;
  std::int64_t phases = claim.phases.size();
  WattHours left = claim.energy;
  for (Phase p : kPhases) {
    if (!claim.phases.contains(p)) continue;
    parts[p] = (left + WattHours(phases - 1)) / phases;
    left -= parts[p];
    --phases;
  }
  return parts;
}

/// What flows below a node in each minute of a slot.
struct Flow {
  PerPhase<Milliamps> unheld, drawn, larger;
};
using Flows = std::array<Flow, kMinutesOfASlot>;

Flows flows_of(std::span<const DeviceSlot* const> devices, UnixTime slot) {
  Flows flows{};
  for (const DeviceSlot* device : devices)
    for_minutes_of(device->course, slot, [&](const CourseMinute& minute, std::size_t i) {
      flows[i].unheld += minute.unheld;
      flows[i].drawn += minute.drawn;
      flows[i].larger += larger_of(minute.unheld, minute.drawn);
    });
  return flows;
}

/// A meter is 1 % off, and what the controller knew of the devices a second old.
Milliamps doubt_of(Milliamps load) { return 1_A + load / 50; }

void add(RowEnergy& row, const NodeMinute& minute, const Flow& flow) {
  const PerPhase<Milliamps> load = minute.load.value_or(minute.base + flow.drawn);
  const PerPhase<Milliamps> unheld = minute.base + flow.unheld;
  for (Phase p : kPhases) {
    const Milliamps relief = std::min(unheld[p] - minute.rating[p], unheld[p] - load[p]);
    row.room[p] += in_a_minute(std::max(0_mA, relief), kNominalVoltage);
    row.most[p] += in_a_minute(minute.base[p] + flow.larger[p] - load[p] + doubt_of(load[p]), kNominalVoltage);
  }
}

}  // namespace

RowEnergy row_energy(const NodeRecord& node, std::span<const DeviceSlot* const> below, UnixTime slot) {
  const Flows flows = flows_of(below, slot);
  RowEnergy row;
  UnixTime last = slot;  // each minute counts once
  for (const NodeMinute& minute : node.minutes) {
    const std::optional<std::size_t> index = index_of(minute.end, slot);
    if (!index || minute.end <= last) continue;
    last = minute.end;
    add(row, minute, flows[*index]);
  }
  return row;
}

PerPhase<MilliwattHours> change_of(std::span<const DeviceSlot* const> devices, UnixTime slot) {
  Energies change;
  for (const DeviceSlot* device : devices)
    for_minutes_of(device->course, slot, [&](const CourseMinute& m, std::size_t) {
      for (Phase p : kPhases) {
        const Milliamps fell = std::max(0_mA, m.unheld[p] - m.drawn[p]), rose = std::max(0_mA, m.drawn[p] - m.usual[p]);
        change[p] += in_a_minute(fell, device->course.voltage) - in_a_minute(rose, device->course.voltage);
      }
    });
  return change;
}

std::vector<WattHours> share_out(std::span<const WattHours> claims, WattHours total) {
  const WattHours claimed = sum_of(claims);
  std::vector<WattHours> shares(claims.begin(), claims.end());
  total = std::max(total, 0_Wh);
  if (total >= claimed) return shares;
  std::vector<std::pair<std::int64_t, std::size_t>> remainders;  // negative, so that the largest comes first
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Wide product = static_cast<Wide>(claims[i].count()) * total.count();
    shares[i] = WattHours(static_cast<std::int64_t>(product / claimed.count()));
    remainders.emplace_back(-static_cast<std::int64_t>(product % claimed.count()), i);
  }
  std::ranges::sort(remainders);
  WattHours left = total - sum_of(shares);
  for (const auto& [remainder, i] : remainders) {
    if (left == 0_Wh) break;
    shares[i] += 1_Wh;
    left -= 1_Wh;
  }
  return shares;
}

std::vector<WattHours> verified_of(std::span<const RowClaim> claims, const PerPhase<MilliwattHours>& room) {
  std::vector<PerPhase<WattHours>> parts;
  for (const RowClaim& claim : claims) parts.push_back(parts_of(claim));
  std::vector<WattHours> verified(claims.size());
  for (Phase p : kPhases) {
    std::vector<WattHours> here;
    for (const PerPhase<WattHours>& part : parts) here.push_back(part[p]);
    const std::vector<WattHours> shares = share_out(here, whole(room[p]));
    for (std::size_t i = 0; i < claims.size(); ++i) verified[i] += shares[i];
  }
  return verified;
}

}  // namespace balans::api::flexibility
