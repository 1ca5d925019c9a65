#pragma once
// A street that is known in full, so that what owners say can be told from what is: cars with needs and powers, a row
// that is shared out equally, meters that do not lie, and owners who may.

#include <map>
#include <string>
#include <vector>

#include "api/core/flexibility/baseline.hpp"
#include "api/core/flexibility/settle.hpp"

namespace balans::api::flexibility::test {

inline constexpr std::int64_t kMidnight = 1'554'336'000'000;
/// The end of a minute of the day; 0 is midnight.
constexpr UnixTime minute_end(int minute) { return UnixTime(kMidnight + (minute + 1) * 60'000LL); }
constexpr UnixTime minute_start(int minute) { return UnixTime(kMidnight + minute * 60'000LL); }

/// What is so, whoever says what.
struct Car {
  int arrives = 0, leaves = 0;  ///< minutes from midnight
  WattHours need;
  Milliamps power;  ///< that it can take on each of its phases
  PhaseSet phases = PhaseSet::all();
  std::string connection;
};

/// What its owner says and does. The defaults are the truth.
struct Conduct {
  Milliamps ask;                ///< while it wants more; 0: what the car can take
  bool asks_when_full = false;  ///< goes on asking when the car has enough
  int asks_from = 0;            ///< minutes after it came
  int ask_on = 0, ask_off = 0;  ///< asks for so many minutes, then does not for so many; 0: always
  std::int64_t need_per_cent = 100;
  int departs_later = 0;  ///< minutes that the announced departure is off
  int declares_after = 0;
  int draws_from = 0;                ///< keeps the car from charging until so many minutes after it came
  std::int64_t draw_per_cent = 100;  ///< of what the car could take
  int draw_on = 0, draw_off = 0;
  bool draws_nothing_when_bound = false;
  int unplugs_at = 0;     ///< minutes after it came: ends the session and begins another a minute later; 0: does not
  Milliamps guest_power;  ///< of another car that was plugged in on a few days of the month
  bool operator==(const Conduct&) const = default;
};

struct Street {
  int first = 0, last = 0;  ///< minutes that are looked at; whole quarter-hours
  std::vector<PerPhase<Milliamps>> base;
  PerPhase<Milliamps> rating;
  std::vector<Car> cars;
};

/// What became of it.
struct Stay {
  std::vector<Session> sessions;
  Shown shown;
  WattHours taken;
};
struct Day {
  std::vector<Stay> stays;
  std::vector<NodeMinute> row;
};
/// The row shares itself out equally among those who ask, in turns where not all can have 6 A.
Day live(const Street& street, const std::vector<Conduct>& conducts);

/// The device's slot as the settlement wants it, with a proof of each minute in which the row held it back.
DeviceSlot slot_of(std::size_t car, const Street& street, const Session& session, const Course& course, int slot);
/// Verified Wh by quarter-hour and car. A session whose record contradicts itself earns nothing.
std::map<int, std::vector<WattHours>> rewards(const Street& street, const Day& day);
WattHours total(const std::map<int, std::vector<WattHours>>& rewards);
/// By naive counting: ask minus meter while connected.
WattHours naive(const Day& day);

AgentId agent(const std::string& name);

}  // namespace balans::api::flexibility::test
