#pragma once
// The controller's book of leases: for each enrolled agent every limit that it may still hold.
//
// Their largest is the agent's *envelope*, the most its device could be drawing (and, apart from that, feeding in). The
// controller budgets with envelopes, never with the newest limit. An entry goes only when an effective ack supersedes
// it, or when the newest lease has run out and the device's own watchdog has had time to act since the last possible
// word of an agent. docs/safety.md has the argument.

#include <optional>
#include <vector>

#include "common/messages/messages.hpp"
#include "trafo/core/site.hpp"

namespace balans {

struct ReceivedStatus {
  Status status;
  BootTime received;
};

/// A limit that the agent may hold.
struct HeldLimit {
  Seq seq;
  Allowance limit;
  BootTime sent;
  BootTime until;           ///< on the controller's clock, with its margin for drift
  bool with_older = false;  ///< stands for older limits too
};

/// An agent that had just started said that it missed its device.
struct Missed {
  BootTime at;  ///< when that was first heard of in its session
  Nonce session;
};

struct AgentBook {
  /// What is booked since the controller's start, until the agent has acked a limit of this epoch.
  struct RestartBooking {
    Allowance limit;
    std::optional<BootTime> until;  ///< absent: the device has no watchdog, time changes nothing
  };
  std::optional<RestartBooking> restart;
  std::vector<HeldLimit> held;  ///< oldest first
  bool failsafe_booked = true;
  std::optional<BootTime> acked_sent;  ///< send time of the newest acked limit

  std::optional<Nonce> session;
  std::vector<Nonce> earlier_sessions;   ///< late messages of these are ignored
  std::optional<ReceivedStatus> newest;  ///< of the current session
  std::optional<Missed> missed;          ///< the last of them
  Seq last_seq{};

  /// When the agent's clock showed `agent`, the controller's clock showed `own` or later: an ack follows its limit.
  struct ClockBound {
    AgentTime agent;
    BootTime own;
  };
  std::optional<ClockBound> clocks;     ///< of the current session
  std::optional<AgentTime> until_sent;  ///< end of the newest lease sent
};

/// The book of an agent that has not been heard yet: its maximum, for TTL_max + revert + settle or for good.
AgentBook fresh_book(const Enrolment& agent, BootTime now);

/// Takes in a status. Acks count only for `own`; statuses of earlier sessions are ignored. Returns false for those.
bool receive(AgentBook& book, const Enrolment& agent, const Site& site, const ReceivedStatus& received, Term own);

/// Drops what time has made impossible and books the failsafe when the newest acked limit is old.
void let_time_pass(AgentBook& book, const Enrolment& agent, const Site& site, BootTime now);

/// The most the device could be drawing, and feeding in, now.
Allowance envelope(const AgentBook& book, const Enrolment& agent);

/// The earliest time on the controller's clock at which the agent's clock can have shown `at`; nothing when unknown.
std::optional<BootTime> sent_not_before(const AgentBook& book, AgentTime at);

/// Whether an agent can be given a lease that is still ahead of its clock.
bool can_lease(const AgentBook& book, const Site& site, BootTime now);

/// Books `limit` as held from now on and gives the message to send.
Limit issue(AgentBook& book, const Site& site, const Allowance& limit, bool may_raise, Reason reason, Term own,
            BootTime now);

}  // namespace balans
