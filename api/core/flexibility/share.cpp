#include "api/core/flexibility/share.hpp"

#include <algorithm>
#include <numeric>

#include "api/core/roll_up.hpp"

namespace balans::api::flexibility {
namespace {

__extension__ typedef __int128 Wide;
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

/// What all claims put on each phase.
Energies loads_of(std::span<const RowClaim> claims) {
  Energies sum;
  for (const RowClaim& claim : claims)
    if (!claim.phases.empty()) sum += claim.phases.spread(fine(claim.energy) / claim.phases.size());
  return sum;
}

/// Whether row `p` verifies more of its claims than row `q`.
bool gives_more(Phase p, Phase q, const Energies& room, const Energies& loads) {
  const auto capped = [&](Phase phase) { return std::clamp(room[phase], MilliwattHours(), loads[phase]).count(); };
  return static_cast<Wide>(capped(p)) * loads[q].count() > static_cast<Wide>(capped(q)) * loads[p].count();
}

std::optional<Phase> best_row(const RowClaim& claim, const Energies& room, const Energies& loads) {
  std::optional<Phase> best;
  for (Phase p : kPhases)
    if (claim.phases.contains(p) && loads[p] > MilliwattHours() && (!best || gives_more(p, *best, room, loads)))
      best = p;
  return best;
}

}  // namespace

PerPhase<MilliwattHours> excess_of(const NodeRecord& node, std::span<const DeviceSlot* const> below, UnixTime slot) {
  std::array<PerPhase<Milliamps>, kMinutesOfASlot> flow{};
  for (const DeviceSlot* device : below)
    for_minutes_of(device->course, slot, [&](const CourseMinute& m, std::size_t i) { flow[i] += m.unheld; });
  Energies excess;
  UnixTime last = slot;  // each minute counts once
  for (const NodeMinute& minute : node.minutes) {
    const std::optional<std::size_t> index = index_of(minute.end, slot);
    if (!index || minute.end <= last) continue;
    last = minute.end;
    const PerPhase<Milliamps> over = minute.base + flow[*index] - minute.rating;
    for (Phase p : kPhases) excess[p] += in_a_minute(std::max(0_mA, over[p]), kNominalVoltage);
  }
  return excess;
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
  if (total >= claimed) return shares;
  total = std::max(total, 0_Wh);
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
  const Energies loads = loads_of(claims);
  std::vector<WattHours> verified(claims.size());
  for (Phase p : kPhases) {
    std::vector<std::size_t> here;
    std::vector<WattHours> energies;
    for (std::size_t i = 0; i < claims.size(); ++i)
      if (best_row(claims[i], room, loads) == p) here.push_back(i), energies.push_back(claims[i].energy);
    if (here.empty()) continue;
    const Wide capped = std::clamp(room[p], MilliwattHours(), loads[p]).count();
    const Wide total = static_cast<Wide>(sum_of(energies).count()) * capped / loads[p].count();
    const std::vector<WattHours> shares = share_out(energies, WattHours(static_cast<std::int64_t>(total)));
    for (std::size_t k = 0; k < here.size(); ++k) verified[here[k]] = shares[k];
  }
  return verified;
}

}  // namespace balans::api::flexibility
