#include "tests/bench/flexibility/judge.hpp"

#include <algorithm>

namespace balans::bench {
namespace {

constexpr std::int64_t kSlotMinutes = 15, kMonth = 30 * 1440, kVolts = 230;

double kwh(MilliwattHours energy) { return static_cast<double>(energy.count()) / 1e6; }
double kwh_of_minute(Milliamps minute) { return static_cast<double>(minute.count() * kVolts) / 60e6; }

flex::Proof proof_of(const flex::Minute& minute) {
  flex::Proof proof;
  proof.acknowledged = minute.end;
  proof.limit.seq = {static_cast<std::uint64_t>(minute.end.ms() / 60'000)};
  proof.limit.max = minute.limit;
  proof.limit.reason = minute.reason;
  proof.status.ack = Ack{{}, {}, proof.limit.seq, minute.limit, AckStage::Effective};
  return proof;
}

/// The minutes of a slot, with the one before and the one after, which its counter is read from.
flex::DeviceSlot slice(const Visit& visit, const flex::Course& course, std::int64_t slot) {
  const auto size = static_cast<std::int64_t>(visit.session.minutes.size());
  const std::int64_t first = std::clamp<std::int64_t>(slot - 1 - visit.stay.arrives, 0, size);
  const std::int64_t last = std::clamp<std::int64_t>(slot + kSlotMinutes + 1 - visit.stay.arrives, 0, size);
  flex::DeviceSlot device;
  device.device = *AgentId::parse("charger-" + std::to_string(visit.stay.charger));
  device.connection = device.device.str();
  device.nodes = {"row"};
  const auto& minutes = visit.session.minutes;
  device.minutes.assign(minutes.begin() + first, minutes.begin() + last);
  device.counter_before =
      first > 0 ? *minutes[static_cast<std::size_t>(first - 1)].counter : visit.session.counter_before;
  device.course.ends = course.ends;
  device.course.voltage = course.voltage;
  device.course.minutes.assign(course.minutes.begin() + first, course.minutes.begin() + last);
  device.most = 32_A;
  for (const flex::Minute& minute : device.minutes)
    if (flex::is_congestion(minute.reason)) device.proofs.push_back(proof_of(minute));
  return device;
}

bool overlaps(const Visit& visit, std::int64_t slot) {
  return visit.stay.arrives < slot + kSlotMinutes && visit.stay.leaves >= slot;
}

}  // namespace

Judge::Judge(const SiteStays& site, const PerPhase<Milliamps>& rating)
    : rating_(rating), shown_(site.chargers), shown_at_(site.chargers) {
  result_.site = site.site;
  result_.chargers = site.chargers;
  result_.stays = site.stays.size();
  result_.too_much_kwh = kwh(too_much(site, rating));
}

void Judge::count(const Visit& visit) {
  const Stay& stay = visit.stay;
  const auto& minutes = visit.session.minutes;
  const MilliwattHours got = flex::fine(*minutes.back().counter), free = unlimited(stay, stay.leaves - stay.arrives);
  MilliwattHours held_back, before, free_before;
  bool was_bound = false;
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    const std::int64_t minute = stay.arrives + static_cast<std::int64_t>(i);
    const Milliamps drawn = minutes[i].drawn->sum();
    const bool bound = flex::is_bound(minutes[i]);
    if (bound) result_.naive_kwh += kwh_of_minute(minutes[i].ask.sum() - drawn);
    was_bound = was_bound || bound;
    if (was_bound && minutes[i].connected) result_.longer_kwh += kwh_of_minute(stay.power * stay.phases.size() - drawn);
    if ((minute + 1) % kSlotMinutes != 0 && i + 1 < minutes.size()) continue;
    const MilliwattHours now = flex::fine(*minutes[i].counter);
    const MilliwattHours free_now = unlimited(stay, std::min(minute + 1, stay.leaves) - stay.arrives);
    held_back += std::max(MilliwattHours(), (free_now - free_before) - (now - before));
    before = now;
    free_before = free_now;
  }
  const MilliwattHours lost = std::max(MilliwattHours(), free - got);
  result_.delivered_kwh += kwh(got);
  result_.lost_kwh += kwh(lost);
  result_.moved_kwh += kwh(std::max(MilliwattHours(), held_back - lost));
}

void Judge::remember(const Visit& visit) {
  flex::Shown one;
  if (const auto free = flex::highest_free_minute(visit.session)) one.free.push_back(*free);
  one.fastest = flex::highest_minute(visit.session);
  shown_[visit.stay.charger].push_back(std::move(one));
  shown_at_[visit.stay.charger].push_back(visit.stay.leaves);
}

void Judge::over(Visit visit) {
  count(visit);
  auto& month = shown_[visit.stay.charger];
  auto& ends = shown_at_[visit.stay.charger];
  while (!ends.empty() && ends.front() < visit.stay.arrives - kMonth) ends.pop_front(), month.pop_front();
  flex::Shown shown;
  for (const flex::Shown& one : month) {
    shown.free.insert(shown.free.end(), one.free.begin(), one.free.end());
    shown.fastest = larger_of(shown.fastest, one.fastest);
  }
  Result<flex::Course> course = flex::course_of(visit.session, shown);
  remember(visit);
  if (!course) {
    ++result_.reviews;
    return;
  }
  known_.push_back({std::move(visit), std::move(*course)});
}

void Judge::settled(std::int64_t minute) {
  if (known_.empty()) return;
  std::int64_t first = minute;
  for (const Known& known : known_) first = std::min(first, known.visit.stay.arrives);
  next_slot_ = std::max(next_slot_, first - first % kSlotMinutes);
  for (; next_slot_ + kSlotMinutes <= minute; next_slot_ += kSlotMinutes) settle(next_slot_);
  std::erase_if(known_, [&](const Known& known) { return known.visit.stay.leaves < next_slot_; });
}

void Judge::settle(std::int64_t slot) {
  flex::SiteSlot site{end_of(slot - 1), {}, {{"row", {}}}};
  bool congested = false;
  for (const Known& known : known_) {
    if (!overlaps(known.visit, slot)) continue;
    flex::DeviceSlot device = slice(known.visit, known.course, slot);
    congested = congested || !device.proofs.empty();
    // Whoever comes back within the quarter-hour is a second record of the same charger.
    for (int again = 1; std::ranges::count(site.devices, device.device, &flex::DeviceSlot::device) > 0; ++again)
      device.device = *AgentId::parse(device.connection + "-again-" + std::to_string(again));
    site.devices.push_back(std::move(device));
  }
  if (!congested) return;
  for (std::int64_t minute = slot; minute < slot + kSlotMinutes; ++minute)
    site.nodes[0].minutes.push_back({end_of(minute), {}, rating_, {}});
  used_.clear();  // each minute's limit has a number of its own
  const Result<std::vector<flex::Delivered>> delivered = flex::settle(site, used_);
  for (const flex::Delivered& one : *delivered) {
    result_.rewarded_kwh += kwh(flex::fine(one.verified));
    if (flex::is_for_review(one.verdict)) ++result_.reviews;
  }
}

}  // namespace balans::bench
