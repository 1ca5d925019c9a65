#pragma once
// One case of tests/scenarios/sequences.json: a site, what happens to it over time, and what is right.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/result.hpp"
#include "sim/twin/world.hpp"

namespace balans {

struct BaseChanges {
  std::size_t node = 0;
  PerPhase<Milliamps> base;
};
struct DeviceWants {
  std::vector<std::size_t> devices;
  Milliamps current;
};
/// It stays at what it draws, whatever it is told; or obeys again.
struct DeviceStops {
  std::vector<std::size_t> devices;
  bool obeys = false;
};
struct MeterChanges {
  std::size_t meter = 0;
  std::optional<twin::MeterModel::Fault> fault;
  std::optional<Millis> every, lag;
};

struct SequenceEvent {
  int at_s = 0;
  std::variant<BaseChanges, DeviceWants, DeviceStops, MeterChanges> what;
};

/// What must hold from one second to another; only what the file says is judged.
struct Span {
  int from_s = 0;
  int to_s = 0;
};

struct NodeExpectation {
  std::size_t node = 0;
  std::optional<int> over_at_most_s;            ///< in one go, on any phase
  std::optional<Milliamps> booked_at_most;      ///< Σ envelopes on any phase
  std::optional<Milliamps> setpoints_at_least;  ///< Σ on every phase
  std::optional<Milliamps> setpoints_at_most;   ///< Σ on any phase
};
/// Of each of the devices.
struct DeviceExpectation {
  std::vector<std::size_t> devices;
  std::optional<Milliamps> at_least, at_most;  ///< its setpoint
  std::optional<int> changes_at_most, raises_at_most;
  std::optional<int> on_at_least_s;            ///< altogether
  std::optional<int> waits_at_most_s;          ///< in one go, while it asks
  std::optional<int> stays_on_s, stays_off_s;  ///< at least, in one go
  std::optional<Reason> reason;
};
struct MeterExpectation {
  std::size_t meter = 0;
  MeterQuality quality = MeterQuality::Good;
};

struct Expectation {
  Span span;
  std::string text;  ///< as it stands in the file
  std::variant<NodeExpectation, DeviceExpectation, MeterExpectation> what;
};

struct Sequence {
  std::string name, why;
  int seconds = 0;
  twin::Street street;
  std::vector<int> starts_s;  ///< of each agent
  std::vector<SequenceEvent> events;
  std::vector<Expectation> expected;
};

/// All of a file, or the first thing that is wrong with it and where.
Result<std::vector<Sequence>> read_sequences(const std::string& text);

/// What was seen at the end of each second.
struct Second {
  std::vector<PerPhase<Milliamps>> flow, booked, setpoints;  ///< by node
  std::vector<Milliamps> setpoint;                           ///< by device
  std::vector<bool> asks;
  std::vector<Reason> reason;
  std::vector<MeterQuality> quality;  ///< by meter
};

struct Trace {
  std::vector<Second> seconds;
  std::optional<std::string> wrong;  ///< an agent did what it must not
};

/// Both real cores in virtual time.
Trace play(const Sequence& sequence);

/// Empty, or what was not as expected.
std::string judge(const Sequence& sequence, const Trace& trace);

}  // namespace balans
