#include "sim/run/policy.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "common/defaults.hpp"

namespace balans::runs {
namespace {

constexpr std::array<std::string_view, kPolicies.size()> kNames{
    "balans", "uncontrolled", "equal-share", "first-come", "round-robin", "edf", "llf", "oracle"};
constexpr Milliamps kTurn = 1_A;  ///< of the round robin

using Amounts = std::vector<Milliamps>;
using Order = std::vector<std::uint32_t>;

/// What is left on each phase while it is handed out.
class Room {
 public:
  explicit Room(const Headroom& headroom) {
    for (Phase p : kPhases) left_[p] = std::max(Milliamps(), headroom[p]);
  }
  [[nodiscard]] Milliamps operator[](Phase p) const { return left_[p]; }
  [[nodiscard]] Milliamps on(PhaseSet phases) const {
    Milliamps least(std::numeric_limits<std::int64_t>::max());
    for (Phase p : kPhases)
      if (phases.contains(p)) least = std::min(least, left_[p]);
    return least;
  }
  void take(PhaseSet phases, Milliamps current) {
    for (Phase p : kPhases)
      if (phases.contains(p)) left_[p] -= current;
  }

 private:
  PerPhase<Milliamps> left_;
};

bool can_take_any(const Seat& seat) { return !seat.phases.empty() && seat.max > Milliamps() && seat.max >= seat.min; }

Amounts everything(std::span<const Seat> seats) {
  Amounts amounts(seats.size());
  for (std::size_t i = 0; i < seats.size(); ++i)
    if (can_take_any(seats[i])) amounts[i] = seats[i].max;
  return amounts;
}

bool fits(std::span<const Seat> seats, const Amounts& amounts, const Headroom& headroom) {
  PerPhase<Milliamps> sum;
  for (std::size_t i = 0; i < seats.size(); ++i)
    for (Phase p : kPhases)
      if (seats[i].phases.contains(p)) sum[p] += amounts[i];
  return std::ranges::all_of(kPhases, [&](Phase p) { return sum[p] <= std::max(Milliamps(), headroom[p]); });
}

/// How long it could still wait and be full in time, in ms.
std::int64_t laxity(const Seat& seat, sim::LocalTime now) {
  const std::int64_t milliwatts = seat.max.count() * seat.phases.size() * defaults::kNominal.count() / 1000;
  return (seat.departure - now).count() - seat.remaining.count() * 1000 / milliwatts;
}

/// Those that can take any, the smallest `key` first.
template <class Key>
Order in_order(std::span<const Seat> seats, const Key& key) {
  struct Place {
    std::int64_t key, arrival;
    std::uint32_t seat;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  places.reserve(seats.size());
  for (std::uint32_t i = 0; i < seats.size(); ++i)
    if (can_take_any(seats[i])) places.push_back({key(seats[i]), seats[i].arrival.ms(), i});
  std::ranges::sort(places);
  Order order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.seat);
  return order;
}

Order by_arrival(std::span<const Seat> seats) {
  return in_order(seats, [](const Seat& seat) { return seat.arrival.ms(); });
}

Amounts one_after_another(std::span<const Seat> seats, const Order& order, Room room) {
  Amounts amounts(seats.size());
  for (std::uint32_t i : order) {
    const Milliamps current = std::min(seats[i].max, room.on(seats[i].phases));
    if (current < seats[i].min) continue;
    amounts[i] = current;
    room.take(seats[i].phases, current);
  }
  return amounts;
}

/// Gives minimums in order; `order` keeps those that have theirs.
Amounts minimums(std::span<const Seat> seats, Order& order, Room& room) {
  Amounts amounts(seats.size());
  std::erase_if(order, [&](std::uint32_t i) {
    if (room.on(seats[i].phases) < seats[i].min) return true;
    amounts[i] = seats[i].min;
    room.take(seats[i].phases, seats[i].min);
    return false;
  });
  return amounts;
}

/// One level rises from 0. A seat rises with it from its minimum on, until its maximum or until one of its phases is
/// full.
class RisingLevel {
 public:
  RisingLevel(std::span<const Seat> seats, Room room, Amounts amounts)
      : seats_(seats), room_(room), amounts_(std::move(amounts)), rises_(seats.size(), false) {}

  Amounts share(const Order& on) {
    std::vector<Event> events;
    events.reserve(2 * on.size());
    for (std::uint32_t i : on) {
      if (seats_[i].min == seats_[i].max) continue;
      events.push_back({seats_[i].min, Change::Starts, i});
      events.push_back({seats_[i].max, Change::Stops, i});
    }
    std::sort(events.begin(), events.end());
    for (const Event& event : events) {
      while (level_ < event.level && rising_.sum() > 0) rise(event.level);
      level_ = event.level;
      if (event.change == Change::Stops) {
        stop(event.seat);
      } else if (!held(event.seat)) {
        rises_[event.seat] = true;
        count(event.seat, 1);
      }
    }
    return std::move(amounts_);
  }

 private:
  enum class Change : std::uint8_t { Starts, Stops };
  struct Event {
    Milliamps level;
    Change change;
    std::uint32_t seat;
    bool operator<(const Event& other) const { return level < other.level; }  // they differ in seat: any may be first
  };

  [[nodiscard]] bool held(std::uint32_t seat) const {
    return std::ranges::any_of(kPhases, [&](Phase p) { return full_[p] && seats_[seat].phases.contains(p); });
  }
  void count(std::uint32_t seat, std::int64_t by) {
    for (Phase p : kPhases)
      if (seats_[seat].phases.contains(p)) rising_[p] += by;
  }
  void stop(std::uint32_t seat) {
    if (!rises_[seat]) return;
    rises_[seat] = false;
    amounts_[seat] = level_;
    count(seat, -1);
  }
  /// To `target`, or to where the first phase is full.
  void rise(Milliamps target) {
    Milliamps by = target - level_;
    Phase first = Phase::L1;
    bool reached = true;
    for (Phase p : kPhases)
      if (rising_[p] > 0 && room_[p] / rising_[p] < by) by = room_[p] / rising_[p], first = p, reached = false;
    level_ += by;
    for (Phase p : kPhases) room_.take({p}, by * rising_[p]);
    if (reached) return;
    full_[first] = true;
    for (std::uint32_t i = 0; i < seats_.size(); ++i)
      if (seats_[i].phases.contains(first)) stop(i);
  }

  std::span<const Seat> seats_;
  Room room_;
  Amounts amounts_;
  std::vector<bool> rises_;
  Milliamps level_;
  PerPhase<std::int64_t> rising_;  ///< how many rise on each phase
  PerPhase<bool> full_;
};

Amounts equal_share(std::span<const Seat> seats, Room room) {
  Order on = by_arrival(seats);
  Amounts amounts = minimums(seats, on, room);
  return RisingLevel(seats, room, std::move(amounts)).share(on);
}

/// How many whole turns everybody in `order` can have before the first drops out.
std::int64_t common_turns(std::span<const Seat> seats, const Order& order, const Amounts& amounts, const Room& room) {
  PerPhase<std::int64_t> sharing;
  std::int64_t turns = std::numeric_limits<std::int64_t>::max();
  for (std::uint32_t i : order) {
    turns = std::min(turns, (seats[i].max - amounts[i]) / kTurn);
    for (Phase p : kPhases) sharing[p] += seats[i].phases.contains(p) ? 1 : 0;
  }
  for (Phase p : kPhases)
    if (sharing[p] > 0) turns = std::min(turns, room[p] / (kTurn * sharing[p]));
  return turns;
}

Amounts round_robin(std::span<const Seat> seats, Room room, std::uint64_t round) {
  Order order = by_arrival(seats);
  if (order.empty()) return Amounts(seats.size());
  std::ranges::rotate(order, order.begin() + static_cast<std::ptrdiff_t>(round % order.size()));
  Amounts amounts = minimums(seats, order, room);
  while (!order.empty()) {
    // Turns in which nobody drops out are given at once; what remains is less than one for everybody.
    const Milliamps common = kTurn * common_turns(seats, order, amounts, room);
    for (std::uint32_t i : order) amounts[i] += common, room.take(seats[i].phases, common);
    std::erase_if(order, [&](std::uint32_t i) {
      const Milliamps more = std::min({kTurn, seats[i].max - amounts[i], room.on(seats[i].phases)});
      amounts[i] += more;
      room.take(seats[i].phases, more);
      return more < kTurn;
    });
  }
  return amounts;
}

}  // namespace

std::string_view name_of(Policy policy) { return kNames[static_cast<std::size_t>(policy)]; }

Result<Policy> parse_policy(std::string_view name) {
  for (Policy policy : kPolicies)
    if (name_of(policy) == name) return policy;
  std::string known;
  for (std::string_view each : kNames) known += (known.empty() ? "" : ", ") + std::string(each);
  return Error{"", "'" + std::string(name) + "' is not a policy: expected one of " + known};
}

std::vector<Milliamps> share(Policy policy, std::span<const Seat> seats, const Headroom& headroom, sim::LocalTime now,
                             std::uint64_t round) {
  BALANS_CHECK(policy != Policy::Balans && policy != Policy::Oracle);  // no matter of one moment
  Amounts all = everything(seats);
  if (policy == Policy::Uncontrolled || fits(seats, all, headroom)) return all;
  const Room room(headroom);
  if (policy == Policy::EqualShare) return equal_share(seats, room);
  if (policy == Policy::RoundRobin) return round_robin(seats, room, round);
  const auto urgency = [&](const Seat& seat) {
    if (policy == Policy::Edf) return seat.departure.ms();
    return policy == Policy::Llf ? laxity(seat, now) : seat.arrival.ms();
  };
  return one_after_another(seats, in_order(seats, urgency), room);
}

}  // namespace balans::runs
