#include "trafo/core/lease.hpp"

#include <algorithm>

#include "common/check.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxHeld = 16;
constexpr std::size_t kMaxEarlierSessions = 8;

/// While any lease runs the agent may write, and each write may keep the device's watchdog quiet.
BootTime last_possible_write(const AgentBook& book) {
  return std::max_element(book.held.begin(), book.held.end(),
                          [](const auto& a, const auto& b) { return a.until < b.until; })
      ->until;
}

/// An agent that has just started cannot know that the lease of the one before it is over. It says one word before it
/// falls silent, and one that fails may still be life to the device. Its own silence begins then, so that a session
/// needs to be counted once.
void note_missed(AgentBook& book, const Enrolment& agent, const ReceivedStatus& received) {
  const Status& status = received.status;
  const bool fresh = !status.ack && !status.follows;
  if (!fresh || status.state != AgentState::Fault) return;
  if (book.missed && book.missed->session == status.nonce) return;
  if (larger_of(status.holding, fallback_of(agent)) == fallback_of(agent)) return;
  book.missed = Missed{received.received, status.nonce};
}

/// Whether any agent may have said a word to the device that its watchdog has not outlasted since.
bool may_be_alive(const AgentBook& book, Millis down, BootTime now) {
  return book.missed && now < book.missed->at + down;
}

/// Whether `nonce` belongs to the current session or starts a new one. A session that seemed to be over counts again
/// when the one that seemed to follow it has fallen silent: a late status may be the first one heard of a session.
bool is_current(AgentBook& book, Nonce nonce, BootTime now) {
  if (book.session == nonce) return true;
  auto& earlier = book.earlier_sessions;
  if (const auto again = std::find(earlier.begin(), earlier.end(), nonce); again != earlier.end()) {
    if (book.newest && now - book.newest->received <= defaults::kAgentSilentAfter) return false;
    earlier.erase(again);
  }
  if (book.session) book.earlier_sessions.push_back(*book.session);
  if (book.earlier_sessions.size() > kMaxEarlierSessions) book.earlier_sessions.erase(book.earlier_sessions.begin());
  book.session = nonce;
  book.newest.reset();
  book.clocks.reset();
  book.until_sent.reset();
  return true;
}

/// The agent is in a lease of this epoch: it holds at most what it says. That counts as held until superseded.
void settle_restart(AgentBook& book, const Status& status, HeldLimit acked) {
  acked.seq = Seq{0};
  acked.limit = smaller_of(book.restart->limit, status.holding);
  book.held.insert(book.held.begin(), acked);
  book.restart.reset();
}

/// Keeps the tighter of two bounds: the one that puts the present later.
void compare_clocks(AgentBook& book, AgentTime at, BootTime sent) {
  const std::optional<BootTime> known = sent_not_before(book, at);
  if (!known || *known < sent) book.clocks = AgentBook::ClockBound{at, sent};
}

void take_ack(AgentBook& book, const Site& site, const Status& status, BootTime now) {
  const Ack& ack = *status.ack;
  const auto with_seq = [&](const HeldLimit& held) { return held.seq == ack.seq; };
  auto acked = std::find_if(book.held.begin(), book.held.end(), with_seq);
  if (acked == book.held.end()) return;  // superseded already, or never ours
  // An agent that may not raise takes less than it was offered, and one that can no longer use all of it gives some
  // back; until that is effective its device may do what it holds. Where the entry stands for older limits too, those
  // last until this one is effective.
  const bool effective = ack.stage == AckStage::Effective;
  const Allowance taken = effective ? ack.limit : larger_of(ack.limit, status.holding);
  if (effective || !acked->with_older) acked->limit = smaller_of(acked->limit, taken);
  if (effective) acked->with_older = false;
  compare_clocks(book, status.at, acked->sent);
  if (!book.acked_sent || *book.acked_sent < acked->sent) book.acked_sent = acked->sent;
  if (book.restart) settle_restart(book, status, *acked);
  if (!effective) return;
  if (book.failsafe_booked && now - acked->sent < failsafe_booked_after(site)) book.failsafe_booked = false;
  acked = std::find_if(book.held.begin(), book.held.end(), with_seq);
  book.held.erase(book.held.begin(), acked);
}

/// A device that goes on although its watchdog should have acted has none that can be relied on.
bool is_seen_above_fallback(const AgentBook& book, const Enrolment& agent, BootTime now) {
  if (!book.newest || now - book.newest->received > defaults::kAgentSilentAfter) return false;
  const std::optional<PerPhase<Milliamps>>& measured = book.newest->status.measured;
  const Allowance fallback = larger_of(fallback_of(agent), failsafe_of(agent));
  return measured && std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
           return (*measured)[p] > fallback.draw[p] + defaults::kEffectiveSlack ||
                  -(*measured)[p] > fallback.feed[p] + defaults::kEffectiveSlack;
         });
}

/// Two entries in one: the larger limit, the later end, superseded only with the newer.
HeldLimit merged(const HeldLimit& older, const HeldLimit& newer) {
  return {newer.seq, larger_of(older.limit, newer.limit), newer.sent, std::max(older.until, newer.until), true};
}

void book_held(AgentBook& book, const HeldLimit& held) {
  if (book.held.size() >= kMaxHeld) {
    book.held[1] = merged(book.held[0], book.held[1]);
    book.held.erase(book.held.begin());
  }
  book.held.push_back(held);
}

}  // namespace

AgentBook fresh_book(const Enrolment& agent, BootTime now) {
  AgentBook book;
  book.failsafe_booked = agent.failsafe + agent.failsafe_feed > Milliamps();
  const std::optional<Millis> down = down_after(agent);
  book.restart = AgentBook::RestartBooking{most_of(agent), std::nullopt};
  if (down) book.restart->until = now + defaults::kTtlMax + *down;
  return book;
}

bool receive(AgentBook& book, const Enrolment& agent, const Site& site, const ReceivedStatus& received, Term own) {
  if (!is_current(book, received.status.nonce, received.received)) return false;
  if (received.status.ack && received.status.ack->term() == own)
    take_ack(book, site, received.status, received.received);
  note_missed(book, agent, received);
  if (!book.newest || book.newest->status.at < received.status.at) book.newest = received;
  return true;
}

void let_time_pass(AgentBook& book, const Enrolment& agent, const Site& site, BootTime now) {
  const std::optional<Millis> down = down_after(agent);
  const bool leases_over = down && !book.held.empty() && now >= last_possible_write(book) + *down;
  const bool restart_over = book.restart && book.restart->until && now >= *book.restart->until;
  const bool may_go_on = is_seen_above_fallback(book, agent, now) || (down && may_be_alive(book, *down, now));
  if ((leases_over || restart_over) && !may_go_on) {
    if (restart_over) book.restart.reset();
    if (leases_over) book.held.clear();
  }
  if (book.failsafe_booked || failsafe_of(agent) == Allowance{}) return;
  if (!book.acked_sent || now - *book.acked_sent >= failsafe_booked_after(site)) book.failsafe_booked = true;
}

Allowance envelope(const AgentBook& book, const Enrolment& agent) {
  Allowance most;
  if (agent.device_fallback + agent.fallback_feed > Milliamps()) most = fallback_of(agent);
  if (book.failsafe_booked && agent.failsafe + agent.failsafe_feed > Milliamps())
    most = larger_of(most, failsafe_of(agent));
  if (book.restart) most = larger_of(most, book.restart->limit);
  for (const HeldLimit& held : book.held) most = larger_of(most, held.limit);
  return most;
}

std::optional<BootTime> sent_not_before(const AgentBook& book, AgentTime at) {
  if (!book.clocks) return std::nullopt;
  const Millis since = at - book.clocks->agent;
  const Millis drift = std::max(since, -since) / 100;
  return book.clocks->own + since - drift;
}

bool can_lease(const AgentBook& book, const Site& site, BootTime now) {
  return book.newest && now - book.newest->received < site.ttl;
}

Limit issue(AgentBook& book, const Site& site, const Allowance& limit, bool may_raise, Reason reason, Term own,
            BootTime now) {
  BALANS_CHECK(book.newest && book.session);
  ++book.last_seq.value;
  book_held(book, {book.last_seq, limit, now, book.newest->received + site.ttl + lease_margin(site)});
  book.until_sent = book.newest->status.at + site.ttl;
  return {own.epoch, own.boot, book.last_seq, *book.session, *book.until_sent, limit, may_raise, reason};
}

}  // namespace balans
