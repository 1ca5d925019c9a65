#pragma once
// The controller, as one pure step: what is known now and what is remembered in; limits, state and memory out.

#include <deque>
#include <string>
#include <vector>

#include "common/messages/messages.hpp"
#include "trafo/core/allocate.hpp"
#include "trafo/core/base_load.hpp"
#include "trafo/core/lease.hpp"
#include "trafo/core/site.hpp"
#include "trafo/core/trust.hpp"

namespace balans {

/// What came from one agent since the last step, verified and decoded, in order of arrival.
struct AgentMail {
  std::optional<Offer> offer;
  std::vector<ReceivedStatus> statuses;
};

struct Snapshot {
  BootTime now;
  Epoch epoch;
  std::optional<MeterSample> meter;  ///< newest, whether new or not
  std::vector<AgentMail> mail;       ///< by index of the enrolment; shorter means nothing for the rest
};

struct AgentRecord {
  AgentBook book;
  std::optional<Offer> offer;

  std::optional<PerPhase<Milliamps>> measured;  ///< newest; absent while silent
  DrawnLog drawn;

  Turn turn;
  Milliamps granted;                     ///< newest limit issued and not refused
  std::optional<BootTime> sent;          ///< when it was issued
  BootTime changed{};                    ///< when it last changed
  std::optional<BootTime> drawing_less;  ///< draws less than granted since then
  Milliamps most_drawn;                  ///< since then
  std::optional<Milliamps> reclaimed;    ///< cap near what it draws
  std::optional<BootTime> above_since;   ///< draws more than granted since then
  bool silent = true;
  bool stuck = false;
  bool faulty = false;  ///< by its own word
  Reason reason = Reason::Restart;
  std::optional<Binding> binding;
};

struct Memory {
  MeterTrust meter;
  MeterLog meter_log;
  std::vector<AgentRecord> agents;  ///< by index of the enrolment
};

/// A controller that has just started knows nobody and books everybody at their maximum.
Memory fresh_memory(const Site& site, BootTime now);

struct OutgoingLimit {
  std::size_t agent = 0;  ///< index of the enrolment
  Limit limit;
};

/// Something an operator may want to know; the log, the tests and the alarms read the same.
struct Notice {
  enum class What : std::uint8_t { Silent, Heard, Stuck, Follows, Fault, FaultOver, OfferRefused, HigherEpoch } what;
  std::optional<std::size_t> agent;
  std::string text;
};

std::string_view name_of(Notice::What what);  // as in the event log: "agent-silent", …

struct Decision {
  std::vector<OutgoingLimit> limits;
  TrafoState state;  ///< `at` and `missed_ticks` are the shell's to fill
  std::vector<Notice> notices;
  std::optional<Epoch> higher_epoch;  ///< an agent is in a lease of a later epoch: move above it and start afresh
  Memory memory;
};

Decision decide(const Site& site, const Snapshot& snapshot, Memory memory);

}  // namespace balans
