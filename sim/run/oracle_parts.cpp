#include "sim/run/oracle_parts.hpp"

#include <algorithm>

#include "common/defaults.hpp"

namespace balans::runs {
namespace {

using Guest = OracleParts::Guest;
using Part = OracleParts::Part;

constexpr std::size_t kMostParts = 5'000'000;
constexpr double kMillijoulesPerAmpereSecond =
    static_cast<double>(defaults::kNominal.count());  // 230 V · 1 A · 1 s = 230 000 mJ

Result<void> check(const OracleProblem& problem) {
  if (problem.slot <= Millis()) return Error{"oracle", "slots need a length"};
  for (std::size_t i = 0; i < problem.stays.size(); ++i) {
    const Stay& stay = problem.stays[i];
    if (stay.max < Milliamps() || stay.asked < sim::Millijoules() || stay.departure < stay.arrival)
      return Error{"oracle, stay " + std::to_string(i), "its maximum, energy or length is below zero"};
  }
  return {};
}

Guest guest_of(const OracleProblem& problem, const Stay& stay, double millijoules_per_unit) {
  Guest guest{stay.phases, static_cast<double>(stay.phases.size()), 0, {}, false};
  guest.asked = static_cast<double>(stay.asked.count()) / millijoules_per_unit;
  const Millis length = problem.slot * static_cast<std::int64_t>(problem.room.size());
  const Millis from = std::max(Millis(), stay.arrival - problem.start);
  const Millis until = std::min(length, stay.departure - problem.start);
  if (stay.phases.empty() || stay.max == Milliamps()) return guest;
  for (std::int64_t slot = from / problem.slot; problem.slot * slot < until; ++slot) {
    const Millis overlap = std::min(until, problem.slot * (slot + 1)) - std::max(from, problem.slot * slot);
    const double part = static_cast<double>(overlap.count()) / static_cast<double>(problem.slot.count());
    const double most = std::min(static_cast<double>(stay.max.count()) / 1000 * part, guest.asked / guest.phase_count);
    guest.parts.push_back({static_cast<std::size_t>(slot), most});
  }
  return guest;
}

/// Whether any phase of the part is in a row that could bind.
bool scarce(const OracleParts& all, const Guest& guest, const Part& part) {
  return std::ranges::any_of(kPhases,
                             [&](Phase p) { return guest.phases.contains(p) && all.scarce_rows[part.slot][p]; });
}

void find_scarce_rows(OracleParts& all) {
  std::vector<PerPhase<double>> wanted(all.room.size());
  for (const Guest& guest : all.guests)
    for (const Part& part : guest.parts)
      if (!guest.settled || !part.scarce) wanted[part.slot] += guest.phases.spread(part.most);
  for (std::size_t slot = 0; slot < all.room.size(); ++slot)
    for (Phase p : kPhases)
      // Once it is enough for all it stays so: who is settled counts on that.
      all.scarce_rows[slot][p] = all.scarce_rows[slot][p] && wanted[slot][p] > all.room[slot][p];
}

/// Whether anybody was settled.
bool settle(OracleParts& all) {
  bool any = false;
  for (Guest& guest : all.guests) {
    if (guest.settled) continue;
    for (Part& part : guest.parts) part.scarce = scarce(all, guest, part);
    guest.settled = guest.plenty() >= std::min(guest.asked, guest.anywhere());
    any = any || guest.settled;
  }
  return any;
}

}  // namespace

double Guest::plenty() const {
  double sum = 0;
  for (const Part& part : parts)
    if (!part.scarce) sum += part.most;
  return sum * phase_count;
}

double Guest::anywhere() const {
  double sum = 0;
  for (const Part& part : parts) sum += part.most;
  return sum * phase_count;
}

void take_plenty(Guest& guest, double energy) {
  for (Part& part : guest.parts) {
    if (part.scarce) continue;
    part.taken = std::clamp(energy / guest.phase_count, 0.0, part.most);
    energy -= part.taken * guest.phase_count;
  }
}

Result<OracleParts> parts_of(const OracleProblem& problem) {
  if (const Result<void> checked = check(problem); !checked) return checked.error();
  OracleParts all;
  const double slot_s = static_cast<double>(problem.slot.count()) / 1000;
  all.millijoules_per_unit = slot_s * kMillijoulesPerAmpereSecond;
  for (const SlotRoom& slot : problem.room) {
    PerPhase<double> room;
    for (Phase p : kPhases) room[p] = static_cast<double>(std::max(std::int64_t{0}, slot.ma_s[p])) / 1000 / slot_s;
    all.room.push_back(room);
  }
  std::size_t parts = 0;
  for (const Stay& stay : problem.stays) {
    all.guests.push_back(guest_of(problem, stay, all.millijoules_per_unit));
    parts += all.guests.back().parts.size();
    if (parts > kMostParts) return Error{"oracle", "more than 5 million stays × slots"};
  }
  all.scarce_rows.assign(all.room.size(), PerPhase<bool>::all(true));
  do {
    find_scarce_rows(all);
  } while (settle(all));
  for (Guest& guest : all.guests)
    if (guest.settled) take_plenty(guest, guest.asked);
  return all;
}

}  // namespace balans::runs
