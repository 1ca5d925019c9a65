#pragma once
// The laws, judged once a second by the truth (registers, watchdogs, contactors, what flows and what the messages were
// that agents got), never by the controller's books.
//
// A row is a phase, or the sum of the three, of a node in one direction of flow. Its load is *knowable* as far as it is
// base load, which counts what disobedient devices do, and a meter shows it or it is within the design peak. Where a
// meter misleads in a way that nobody could tell from the truth, nothing there is knowable. What a device draws that
// the controller has not heard of for a while looks like base load, and makes room for what is fed in beside it.
//   1. What obedient devices may do in a row is within its limit less the knowable load.
//   2. When that load rises, 1 holds again before `patience` is over; what it may not wait for are devices that nobody
//      could reach: their agents dead, stalled, or cut off from their device. All others are then at or below their
//      failsafe.
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
  std::int64_t rows = 0;     ///< rows × seconds
  std::int64_t excused = 0;  ///< of them, while law 2 gave time
  std::int64_t unknown = 0;  ///< of them, while a meter misled
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
    twin::WorldTime within{};          ///< law 1 held
  };
  struct NodePast {
    Rows limit;
    std::array<RowPast, kRows> rows;
    std::deque<Rows> known;  ///< one a second, newest last
    PerPhase<twin::WorldTime> not_over{};
  };
  /// What it knows of a device at this second.
  struct DeviceNow {
    Allowance may_do;  ///< nothing while it disobeys
    PerPhase<Milliamps> wild_draw, wild_feed;
    PerPhase<Milliamps> unheard_draw;
    bool in_reach = false;  ///< for long enough
  };

  void look_at_devices(const twin::World& world, const Storm& storm);
  [[nodiscard]] std::optional<std::string> look_at_registers(const twin::World& world) const;
  [[nodiscard]] Rows knowable(const twin::World& world, std::size_t node) const;
  [[nodiscard]] bool misled(const twin::World& world, std::size_t node, Direction direction) const;
  std::optional<std::string> look_at_row(const twin::World& world, std::size_t node, std::size_t row, Milliamps may);
  std::optional<std::string> look_at_flow(const twin::World& world, std::size_t node);
  [[nodiscard]] Milliamps least_known(const NodePast& node, std::size_t row) const;

  JudgeSettings settings_;
  std::vector<NodePast> nodes_;
  std::vector<DeviceNow> devices_;
  std::vector<twin::WorldTime> out_of_reach_;  ///< last, by agent
  std::vector<twin::WorldTime> unheard_;       ///< last, by agent
  std::vector<std::vector<bool>> below_;       ///< [node][agent]
  std::vector<std::optional<std::size_t>> meter_of_;
  std::vector<int> meter_above_;  ///< node
  Judged judged_;
};

}  // namespace balans::soak
