#pragma once
// The laws, judged once a second by the truth (registers, watchdogs, contactors, what flows and what the messages were
// that agents got), never by the controller's books.
//
// A row is a phase, or the sum of the three, of a node in one direction of flow. Its load is *knowable* as far as it is
// base load, which counts what disobedient devices do, and a meter shows it or it is within the design peak. Where a
// meter misleads in a way that nobody could tell from the truth, nothing there is knowable; where it is off by no more
// than half an ampere, what it shows is. What a device draws that
// the controller has not heard of for a while looks like base load, and makes room for what is fed in beside it; what
// such a device feeds in hides as much base load from the meter that would show it. A limit of the timetable counts as
// load that comes when it falls due, by the time of day that the controller's machine has.
//   1. What obedient devices may do in a row is within its limit, less the margin, less the knowable load.
//   2. When that load rises, 1 holds again before `patience` is over. Longer only
//      - while each device is at or below its failsafe: no more can be asked of them;
//      - while devices are out of reach (their agents dead, stalled, or cut off from them): each one in reach is
//        then at or below its failsafe, and the excess is at most what the load has risen by since `patience` before
//        the first of those devices above their failsafe went out of reach;
//      - by less than the margin, while nothing in the row is raised and what a meter shows to flow there is within
//        it: cuts are made for what readings certainly show, and the margin is for the rest.
//   3. An agent that runs and reaches its device holds it at 0 when its lease is over, after Q at or below its
//      failsafe.

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/soak/storm.hpp"
#include "sim/twin/world.hpp"

namespace balans::soak {

struct JudgeSettings {
  Millis patience{40'000};
  /// Of what flows; absent: only law 2 bounds it. What flows at a node without a meter is guessed from one above.
  std::optional<Millis> longest_overload{}, longest_unmetered{};
};

/// How much there was to judge.
struct Judged {
  std::int64_t rows = 0;          ///< rows × seconds
  std::int64_t excused = 0;       ///< of them, while law 2 gave time
  std::int64_t at_failsafe = 0;   ///< of these, for longer than its patience: no more could be asked of anybody
  std::int64_t beyond_reach = 0;  ///< of these, likewise: somebody was out of reach
  std::int64_t in_margin = 0;     ///< of these, likewise: less than the margin was left over
  std::int64_t unknown = 0;       ///< of them, while a meter misled
  std::int64_t overload_seconds = 0;
  Millis longest_overload;  ///< of what flows, beyond what the base load does by itself

  Judged& operator+=(const Judged& other);
};

class Judge {
 public:
  Judge(const twin::World& world, const JudgeSettings& settings);

  /// Nothing, or what goes against a law at this second.
  std::optional<std::string> look(const twin::World& world, const Storm& storm);
  [[nodiscard]] const Judged& judged() const { return judged_; }

 private:
  static constexpr std::size_t kRows = 8;  // draw L1 L2 L3 sum, feed L1 L2 L3 sum
  using Rows = std::array<Milliamps, kRows>;
  struct RowPast {
    twin::WorldTime rose{-1'000'000};  ///< its knowable load
    Milliamps least_may;               ///< since law 1 held
  };
  /// What there was at a node beside obedient devices, at some second.
  struct Beside {
    Allowance load;                 ///< without disobedient devices
    bool shown = false;             ///< by a meter
    PerPhase<Milliamps> withdrawn;  ///< by the timetable, which is like a load that comes on time
    BothWays<bool> lied;            ///< nothing is knowable
  };
  /// What disobedient devices did at that second, by agent.
  using Wild = std::vector<Allowance>;
  struct NodePast {
    Rows limit;
    std::array<RowPast, kRows> rows;
    std::deque<Beside> beside;  ///< one a second, newest last
    Rows known{};               ///< now
    PerPhase<twin::WorldTime> not_over{};
  };
  /// What it knows of a device at this second.
  struct DeviceNow {
    Rows may{};  ///< nothing while it disobeys
    Rows failsafe{};
    PerPhase<Milliamps> unheard_draw, unheard_feed;
    bool wild = false;      ///< disobeys
    bool in_reach = false;  ///< for long enough
  };

  void look_at_devices(const twin::World& world, const Storm& storm);
  [[nodiscard]] std::optional<std::string> look_at_registers(const twin::World& world) const;
  void look_at_load(const twin::World& world, std::size_t node);
  [[nodiscard]] PerPhase<Milliamps> withdrawn(const twin::World& world, std::size_t node) const;
  [[nodiscard]] Beside beside(const twin::World& world, std::size_t node) const;
  [[nodiscard]] PerPhase<Milliamps> hidden(std::size_t node, bool shown) const;
  [[nodiscard]] PerPhase<Milliamps> untold(const twin::World& world, std::size_t node, Direction direction) const;
  [[nodiscard]] Milliamps knowable(std::size_t node, std::size_t row, const Beside& beside, const Wild& wild) const;
  [[nodiscard]] Milliamps left(std::size_t node, std::size_t row, Milliamps load) const;
  [[nodiscard]] Milliamps least_known(std::size_t node, std::size_t row, twin::WorldTime now,
                                      twin::WorldTime since) const;
  std::optional<std::string> look_at_row(const twin::World& world, std::size_t node, std::size_t row);
  bool nobody_to_cut(std::size_t node, std::size_t row, Milliamps may, twin::WorldTime now);
  [[nodiscard]] bool in_margin(const twin::World& world, std::size_t node, std::size_t row, Milliamps may) const;
  std::optional<std::string> look_at_flow(const twin::World& world, std::size_t node);
  void forget(twin::WorldTime now);

  JudgeSettings settings_;
  std::int64_t margin_percent_;
  bool feeds_back_;
  std::vector<PerPhase<Milliamps>> peaks_;  ///< by node
  std::vector<NodePast> nodes_;
  std::deque<Wild> wild_;  ///< one a second, newest last
  std::vector<DeviceNow> devices_;
  std::vector<twin::WorldTime> out_of_reach_;  ///< last, by agent
  std::vector<twin::WorldTime> in_reach_;      ///< last, for long enough
  std::vector<twin::WorldTime> unheard_;       ///< last, by agent
  std::vector<std::vector<bool>> below_;       ///< [node][agent]
  std::vector<std::optional<std::size_t>> meter_of_;
  std::vector<int> meter_above_;  ///< node
  Judged judged_;
};

}  // namespace balans::soak
