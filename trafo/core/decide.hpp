#pragma once
// The controller, as one pure step: what is known now and what is remembered in; limits, state and memory out.

#include <string>
#include <vector>

#include "common/messages/messages.hpp"
#include "trafo/core/allocate.hpp"
#include "trafo/core/base_load.hpp"
#include "trafo/core/lease.hpp"
#include "trafo/core/site.hpp"
#include "trafo/core/trust.hpp"
#include "trafo/core/voltage.hpp"

namespace balans {

/// What came from one agent since the last step, verified and decoded, in order of arrival.
struct AgentMail {
  std::optional<Offer> offer;
  std::vector<ReceivedStatus> statuses;
};

struct Snapshot {
  BootTime now;
  Epoch epoch;
  BootId boot;                                     ///< of this controller
  std::vector<std::optional<MeterSample>> meters;  ///< newest of each, whether new or not; shorter: none of the rest
  std::vector<AgentMail> mail;                     ///< by index of the enrolment; shorter: nothing for the rest
  std::optional<UnixTime> utc;                     ///< while the clock is synchronised
  std::optional<LocalTime> local;                  ///< while the clock is synchronised
  std::optional<AmbientReading> ambient;           ///< newest
  std::vector<OutsideLimit> outside;               ///< all that are known, over or not
  bool unwatched = false;                          ///< nobody looks: the decision's state stays empty

  [[nodiscard]] Term term() const { return {epoch, boot}; }
};

/// What a device has of one direction of flow.
struct Share {
  Turn turn;
  Milliamps granted;                   ///< newest limit issued and not refused
  PhaseSet phases;                     ///< on these
  BootTime changed{};                  ///< when it last changed
  std::optional<BootTime> using_less;  ///< uses less than granted since then
  Milliamps most_used;                 ///< since then
  std::optional<Milliamps> reclaimed;  ///< cap near what it uses
  bool tried = false;                  ///< what is plugged in has had the time to show which phases it loads
  std::optional<Milliamps> able;       ///< the most that what is plugged in took while it could have had more
  Reason reason = Reason::Restart;
  std::optional<Binding> binding;
};

/// The largest envelope lately, for between thirty and sixty seconds: longer than samples of a meter are kept.
struct RecentEnvelope {
  Allowance before, now;
  BootTime turned{};
};

struct AgentRecord {
  AgentBook book;
  RecentEnvelope lately;
  std::optional<Offer> offer;

  std::optional<PerPhase<Milliamps>> measured;  ///< newest; absent while silent
  DrawnLog drawn;

  Share draw;
  Share feed;
  std::optional<BootTime> sent;         ///< when the newest limit was issued
  std::optional<BootTime> doubted;      ///< what it has may be too much since then
  std::optional<BootTime> above_since;  ///< does more than granted since then
  bool silent = true;
  bool stuck = false;
  bool faulty = false;  ///< by its own word

  Share& share(Direction d) { return d == Direction::Draw ? draw : feed; }
  [[nodiscard]] const Share& share(Direction d) const { return d == Direction::Draw ? draw : feed; }
};

/// The most that was booked in a node's rows lately, for between ten and twenty seconds.
struct RecentlyBooked {
  PerPhase<Milliamps> before, now;
  Milliamps sum_before, sum_now;
  BootTime turned{};
};

/// The highest base load lately, for between ten and twenty minutes.
struct RecentBase {
  PerPhase<Milliamps> before, now;
  BootTime turned{};
};

/// What is remembered of a node.
struct NodeRecord {
  MeterLog log;                        ///< of its meters, of which one is believed at a time
  std::optional<BootTime> good_taken;  ///< newest sample of any of them that passed every check
  PerPhase<Milliamps> load;            ///< that sample
  MeterQuality quality = MeterQuality::Missing;
  std::optional<BootTime> disagree_since;  ///< good meters at one place show different currents since then
  Undervoltage voltage;
  RecentlyBooked booked_draw, booked_feed;
  RecentBase base;

  RecentlyBooked& booked(Direction d) { return d == Direction::Draw ? booked_draw : booked_feed; }
  [[nodiscard]] const RecentlyBooked& booked(Direction d) const {
    return d == Direction::Draw ? booked_draw : booked_feed;
  }
};

/// Another controller in charge of the same agents.
struct Contest {
  std::optional<Term> overtaken_by;  ///< agents follow it and take nothing of ours: nothing is sent
  std::optional<BootTime> moved;     ///< when we last moved above one
  std::optional<Term> rival;         ///< newest ever; somebody has to see to it
};

struct Memory {
  std::vector<MeterTrust> meters;   ///< by index of the site's meters
  std::vector<NodeRecord> nodes;    ///< by index of the site's nodes
  std::vector<AgentRecord> agents;  ///< by index of the enrolment
  std::optional<RatingMemory> rating;
  std::optional<RatingDecision> rated;  ///< the newest
  Contest contest;
};

/// A controller that has just started knows nobody and books everybody at their maximum.
Memory fresh_memory(const Site& site, BootTime now);

/// After a move above another controller's epoch: nothing is known of the agents any more but what they offer; what
/// meters and temperatures have taught stays true.
Memory after_move(const Site& site, Memory memory, BootTime now);

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
  std::optional<Epoch> higher_epoch;  ///< agents follow another controller: move above it and start afresh
  Memory memory;
};

Decision decide(const Site& site, const Snapshot& snapshot, Memory memory);

}  // namespace balans
