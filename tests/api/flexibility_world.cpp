#include "tests/api/flexibility_world.hpp"

#include <algorithm>

#include "tests/support/equal_shares.hpp"

namespace balans::api::flexibility::test {
namespace {

constexpr std::int64_t kVolts = 230;

/// A car and its owner while they are there.
struct Guest {
  const Car* car;
  const Conduct* conduct;
  MilliwattHours taken;

  [[nodiscard]] bool is_there(int minute) const {
    if (minute < car->arrives || minute >= car->leaves) return false;
    return conduct->unplugs_at == 0 || minute != car->arrives + conduct->unplugs_at;
  }
  [[nodiscard]] bool wants(int minute) const { return is_there(minute) && taken < fine(car->need); }

  [[nodiscard]] static bool is_on(int passed, int from, int on, int off) {
    return passed >= from && (on == 0 || (passed - from) % (on + off) < on);
  }
  [[nodiscard]] PerPhase<Milliamps> ask(int minute) const {
    const bool asks = is_there(minute) && (wants(minute) || conduct->asks_when_full) &&
                      is_on(minute - car->arrives, conduct->asks_from, conduct->ask_on, conduct->ask_off);
    return car->phases.spread(!asks ? 0_mA : conduct->ask > 0_mA ? conduct->ask : car->power);
  }
  [[nodiscard]] PerPhase<Milliamps> draw(int minute, const PerPhase<Milliamps>& ask,
                                         const PerPhase<Milliamps>& limit) const {
    const bool draws =
        wants(minute) && is_on(minute - car->arrives, conduct->draws_from, conduct->draw_on, conduct->draw_off);
    const bool bound = smaller_of(ask, limit) != ask;
    if (!draws || (bound && conduct->draws_nothing_when_bound)) return {};
    // In its last minute it takes only what is left.
    const Milliamps left((fine(car->need) - taken).count() * 60 / kVolts / car->phases.size() + 1);
    const Milliamps could = std::min(car->power * conduct->draw_per_cent / 100, left);
    return smaller_of(smaller_of(ask, limit), car->phases.spread(could));
  }
};

Session begun(const Guest& guest, int minute) {
  Session session;
  session.plugged_in = minute_start(minute);
  session.counter_before = whole(guest.taken);
  const Conduct& conduct = *guest.conduct;
  const int declared = std::max(minute, guest.car->arrives + conduct.declares_after);
  const WattHours need = (guest.car->need - whole(guest.taken)) * conduct.need_per_cent / 100;
  session.needs.push_back({minute_start(declared), need, minute_start(guest.car->leaves + conduct.departs_later)});
  session.within_another = minute > guest.car->arrives;
  return session;
}

void note(Stay& stay, Guest& guest, int minute, const PerPhase<Milliamps>& ask, const PerPhase<Milliamps>& limit) {
  if (!guest.is_there(minute) && (stay.sessions.empty() || !stay.sessions.back().minutes.back().connected)) return;
  const bool begins = stay.sessions.empty() || !stay.sessions.back().minutes.back().connected;
  if (begins) stay.sessions.push_back(begun(guest, minute));
  Minute noted;
  noted.end = minute_end(minute);
  noted.connected = guest.is_there(minute);
  noted.ask = ask;
  noted.limit = limit;
  noted.drawn = guest.draw(minute, ask, limit);
  guest.taken += MilliwattHours(noted.drawn->sum().count() * kVolts / 60);
  noted.counter = whole(guest.taken);
  const bool bound = is_bound(noted);
  noted.reason = !bound ? Reason::Unlimited : limit.largest() > 0_mA ? Reason::Capacity : Reason::Waiting;
  if (bound) noted.node = "row";
  stay.sessions.back().minutes.push_back(noted);
}

Shown history(const Car& car, const Conduct& conduct) {
  Shown shown;
  for (int session = 0; session < 5; ++session) {
    const bool guest = session < 2 && conduct.guest_power > 0_mA;
    shown.free.push_back(car.phases.spread(guest ? conduct.guest_power : car.power));
    shown.fastest = larger_of(shown.fastest, shown.free.back());
  }
  return shown;
}

Proof proof_of(const Minute& minute) {
  Proof proof;
  proof.acknowledged = minute.end;
  proof.limit.seq = {static_cast<std::uint64_t>(minute.end.ms() / 60'000)};
  proof.limit.max = minute.limit;
  proof.limit.reason = minute.reason;
  proof.status.ack = Ack{{}, {}, proof.limit.seq, minute.limit, AckStage::Effective};
  return proof;
}

}  // namespace

AgentId agent(const std::string& name) { return *AgentId::parse(name); }

Day live(const Street& street, const std::vector<Conduct>& conducts) {
  Day day;
  std::vector<Guest> guests;
  for (std::size_t i = 0; i < street.cars.size(); ++i) {
    guests.push_back({&street.cars[i], &conducts[i], {}});
    day.stays.push_back({{}, history(street.cars[i], conducts[i]), {}});
  }
  for (int minute = street.first; minute < street.last; ++minute) {
    const PerPhase<Milliamps> base = street.base[static_cast<std::size_t>(minute - street.first)];
    std::vector<PerPhase<Milliamps>> asks;
    for (const Guest& guest : guests) asks.push_back(guest.ask(minute));
    const auto limits = balans::test::equal_shares(asks, street.rating - base, static_cast<std::size_t>(minute / 15));
    for (std::size_t i = 0; i < guests.size(); ++i) note(day.stays[i], guests[i], minute, asks[i], limits[i]);
    day.row.push_back({minute_end(minute), base, street.rating, {}});
  }
  for (std::size_t i = 0; i < guests.size(); ++i) day.stays[i].taken = whole(guests[i].taken);
  return day;
}

DeviceSlot slot_of(std::size_t car, const Street& street, const Session& session, const Course& course, int slot) {
  DeviceSlot device;
  device.device = agent("car-" + std::to_string(car));
  device.connection = street.cars[car].connection.empty() ? device.device.str() : street.cars[car].connection;
  device.nodes = {"row"};
  device.minutes = session.minutes;
  device.counter_before = session.counter_before;
  device.course = course;
  device.most = 63_A;
  for (const Minute& minute : session.minutes)
    if (minute.end > minute_start(slot) && minute.end <= minute_start(slot + 15) && is_congestion(minute.reason))
      device.proofs.push_back(proof_of(minute));
  return device;
}

std::map<int, std::vector<WattHours>> rewards(const Street& street, const Day& day) {
  struct Known {
    std::size_t car;
    const Session* session;
    Course course;
  };
  std::vector<Known> known;
  for (std::size_t i = 0; i < day.stays.size(); ++i)
    for (const Session& session : day.stays[i].sessions)
      if (Result<Course> course = course_of(session, day.stays[i].shown); course)
        known.push_back({i, &session, std::move(*course)});
  std::map<int, std::vector<WattHours>> by_slot;
  UsedProofs used;
  for (int slot = street.first; slot < street.last; slot += 15) {
    SiteSlot site{minute_start(slot), {}, {{"row", day.row}}};
    std::vector<std::size_t> cars;
    for (const Known& one : known) {
      const auto& minutes = one.session->minutes;
      if (minutes.back().end <= minute_start(slot) || minutes.front().end > minute_start(slot + 15)) continue;
      site.devices.push_back(slot_of(one.car, street, *one.session, one.course, slot));
      // Two sessions of one charger are two records; here they are two devices.
      if (std::ranges::count(cars, one.car) > 0) site.devices.back().device = agent("again-" + std::to_string(one.car));
      cars.push_back(one.car);
    }
    by_slot[slot].resize(street.cars.size());
    const Result<std::vector<Delivered>> delivered = settle(site, used);
    for (std::size_t k = 0; k < delivered->size(); ++k) {
      by_slot[slot][cars[k]] += (*delivered)[k].verified;
      for (const ProofKey& key : (*delivered)[k].proofs) used.insert(key);
    }
  }
  return by_slot;
}

WattHours total(const std::map<int, std::vector<WattHours>>& rewards) {
  WattHours sum;
  for (const auto& [slot, energies] : rewards)
    for (WattHours energy : energies) sum += energy;
  return sum;
}

WattHours naive(const Day& day) {
  MilliwattHours sum;
  for (const Stay& stay : day.stays)
    for (const Session& session : stay.sessions)
      for (const Minute& minute : session.minutes)
        if (is_bound(minute)) sum += MilliwattHours((minute.ask - *minute.drawn).sum().count() * kVolts / 60);
  return whole(sum);
}

}  // namespace balans::api::flexibility::test
