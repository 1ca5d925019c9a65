// First part of a step: messages into books, and what follows for each agent.
#include <algorithm>

#include "trafo/core/offer.hpp"
#include "trafo/core/step.hpp"

namespace balans::deciding {
namespace {

/// How far ahead another controller may be for us to move above it. A restore puts the epoch 2^20 ahead, so a card that
/// knows nothing of fifteen of them, nor of a million starts in between, still gets back in charge. An agent that lies
/// drives the counter so far at each move: to its end at 2^52 these are 2^28 moves, at one in five minutes 2500 years.
constexpr std::uint64_t kBelievableEpochs = std::uint64_t{1} << 24U;
constexpr Millis kRestBetweenMoves = 5_min;

void take_offer(const Site& site, std::size_t index, const Offer& offer, AgentRecord& memory, Decision& decision) {
  const std::optional<std::string> why = refusal(offer, site.agents[index], site);
  if (!why) return void(memory.offer = offer);
  memory.offer.reset();  // what it would do is in no sum: it gets no new lease
  decision.notices.push_back({Notice::What::OfferRefused, index, *why});
}

/// Late news of the past are no news. What exceeds the envelope is base load: nobody controls it.
void note_draw(const Enrolment& agent, const ReceivedStatus& received, AgentRecord& memory) {
  const Status& status = received.status;
  if (memory.book.newest->status.at != status.at) return;
  memory.measured = status.measured;
  if (!status.measured) return;
  const Allowance most = envelope(memory.book, agent);
  PerPhase<Milliamps> counts = smaller_of(*status.measured, most.draw);
  for (Phase p : kPhases) counts[p] = std::max(counts[p], -most.feed[p]);
  // The reading may be somewhat older than the status.
  remember(memory.drawn,
           {sent_not_before(memory.book, status.at - defaults::kReportFresh), received.received, status.at, counts});
}

/// What limits of another controller do to ours: nothing, keep them from being taken, or so by an epoch that no honest
/// one can have.
enum class Rivalry : std::uint8_t { None, Overtakes, BeyondBelief };

Rivalry rivalry_of(const Term& theirs, const Term& own) {
  if (theirs.epoch < own.epoch || theirs == own) return Rivalry::None;
  const bool believable = theirs.epoch.value - own.epoch.value <= kBelievableEpochs;
  return believable ? Rivalry::Overtakes : Rivalry::BeyondBelief;
}

void note_rival(const Term& theirs, Contest& contest) {
  if (!contest.rival || theirs.epoch > contest.rival->epoch) contest.rival = theirs;
}

/// Of one beyond belief somebody is told, once; nothing follows it, for a single agent may claim it.
void look_for_rivals(const Status& status, Term own, std::size_t index, Contest& contest, Decision& decision) {
  const std::optional<Term> theirs = status.ack ? std::optional(status.ack->term()) : status.follows;
  const Rivalry rivalry = theirs ? rivalry_of(*theirs, own) : Rivalry::None;
  if (rivalry == Rivalry::None) return;
  const std::string text = "follows another controller, in epoch " + std::to_string(theirs->epoch.value);
  if (rivalry == Rivalry::BeyondBelief) {
    if (!contest.rival || rivalry_of(*contest.rival, own) != Rivalry::BeyondBelief)
      decision.notices.push_back({Notice::What::HigherEpoch, index, text + ": too far ahead to move above it"});
    return note_rival(*theirs, contest);
  }
  if (contest.overtaken_by && theirs->epoch <= contest.overtaken_by->epoch) return;
  contest.overtaken_by = theirs;
  note_rival(*theirs, contest);
  decision.notices.push_back({Notice::What::HigherEpoch, index, text});
}

/// At once the first time; then only after a while, so that two that live on leave each other's leases in peace. Of two
/// that moved to one epoch in the same moment one has to go on.
void contest_term(Term own, BootTime now, const Contest& contest, Decision& decision) {
  if (!contest.overtaken_by) return;
  const bool rested = !contest.moved || now - *contest.moved >= kRestBetweenMoves;
  const bool wins_tie = contest.overtaken_by->epoch == own.epoch && own.boot > contest.overtaken_by->boot;
  if (rested || wins_tie) decision.higher_epoch = contest.overtaken_by->epoch;
}

void take_status(const Enrolment& agent, const Site& site, const ReceivedStatus& received, Term own,
                 AgentRecord& memory) {
  const std::optional<Nonce> before = memory.book.session;
  if (!receive(memory.book, agent, site, received, own)) return;
  if (memory.book.session != before) memory.sent.reset();  // a new session has no lease: send at once
  note_draw(agent, received, memory);
}

/// What the agent may use by the newest limit. Its ack may say less than was offered: after a lapse or a restart it
/// takes no more than its device holds. Before the first ack since the controller's start it may be using all it is
/// booked at.
PhaseSet loaded(const PerPhase<Milliamps>& limit) {
  PhaseSet phases;
  for (Phase p : kPhases)
    if (limit[p] > Milliamps()) phases.insert(p);
  return phases;
}

void follow_acks(AgentRecord& memory) {
  const AgentBook& book = memory.book;
  Allowance held;
  if (!book.held.empty()) {
    held = book.held.back().limit;
  } else if (book.restart) {
    held = book.restart->limit;
  }
  for (const Direction d : {Direction::Draw, Direction::Feed}) {
    Share& share = memory.share(d);
    share.granted = in(held, d).largest();
    if (share.granted > Milliamps()) share.phases = loaded(in(held, d));
  }
}

void judge_silence(const Site& site, AgentRecord& memory, BootTime now, std::size_t index, Decision& decision) {
  const Millis patience = std::min(defaults::kAgentSilentAfter, site.ttl);
  const bool silent = !memory.book.newest || now - memory.book.newest->received > patience;
  if (silent && !memory.silent) decision.notices.push_back({Notice::What::Silent, index, "no status"});
  if (!silent && memory.silent) decision.notices.push_back({Notice::What::Heard, index, ""});
  memory.silent = silent;
  if (silent) memory.measured.reset();
}

/// A fault is told once when it begins and once when the agent says that it is over; silence says neither.
void judge_fault(AgentRecord& memory, std::size_t index, Decision& decision) {
  if (memory.silent) return;
  const Status& status = memory.book.newest->status;
  const bool faulty = status.state == AgentState::Fault;
  if (faulty && !memory.faulty) decision.notices.push_back({Notice::What::Fault, index, status.fault});
  if (!faulty && memory.faulty) decision.notices.push_back({Notice::What::FaultOver, index, ""});
  memory.faulty = faulty;
}

bool does_more_than_granted(const AgentRecord& memory) {
  if (!memory.measured) return false;
  const auto slack = [](Milliamps limit) { return std::max(defaults::kEffectiveSlack, limit / 20); };
  return std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
    const Milliamps draw = memory.draw.phases.contains(p) ? memory.draw.granted : Milliamps();
    const Milliamps feed = memory.feed.phases.contains(p) ? memory.feed.granted : Milliamps();
    const Milliamps measured = (*memory.measured)[p];
    return measured > draw + slack(draw) || -measured > feed + slack(feed);
  });
}

void judge_obedience(const Enrolment& agent, AgentRecord& memory, BootTime now, std::size_t index, Decision& decision) {
  if (!does_more_than_granted(memory)) {
    if (memory.stuck) decision.notices.push_back({Notice::What::Follows, index, ""});
    memory.above_since.reset();
    memory.stuck = false;
    return;
  }
  if (!memory.above_since) memory.above_since = now;
  if (memory.stuck || now - *memory.above_since < std::max(defaults::kStuckAfter, agent.settle + 4_s)) return;
  memory.stuck = true;
  decision.notices.push_back({Notice::What::Stuck, index, "draws more than its limit"});
}

/// Grants near what a device really uses, so that what it leaves is not held back for ever.
void reclaim(const std::optional<Milliamps>& used, Share& share, BootTime now) {
  const bool measures = used && share.granted > Milliamps();
  if (!measures || *used + defaults::kReclaimSlack >= share.granted) {
    share.using_less.reset();
    share.most_used = Milliamps();
    // All of a grant that was cut below the cap says nothing about the cap.
    const bool at_cap = share.reclaimed && share.granted + defaults::kReclaimSlack >= *share.reclaimed;
    if (share.granted > Milliamps() && at_cap) share.reclaimed.reset();
    share.turn.idle = false;
    return;
  }
  if (!share.using_less) share.using_less = std::max(now, share.changed);
  share.most_used = std::max(share.most_used, *used);
  if (now - *share.using_less < defaults::kReclaimAfter) return;
  share.turn.idle = share.most_used < 500_mA;
  share.reclaimed = share.most_used + defaults::kReclaimSpare;
  if (!share.turn.idle) share.able = std::max(share.most_used, share.able.value_or(Milliamps()));
  share.using_less = now;
  share.most_used = *used;
}

void reclaim(AgentRecord& memory, BootTime now) {
  if (memory.book.newest && memory.book.newest->status.ask.draw == PerPhase<Milliamps>{}) memory.draw.able.reset();
  std::optional<Milliamps> drawn, fed;
  if (memory.measured) {
    drawn = std::max(Milliamps(), memory.measured->largest());
    fed = std::max(Milliamps(), -memory.measured->smallest());
  }
  reclaim(drawn, memory.draw, now);
  reclaim(fed, memory.feed, now);
}

}  // namespace

void take_in_mail(const Site& site, const Snapshot& snapshot, Memory& memory, Decision& decision) {
  for (std::size_t i = 0; i < site.agents.size(); ++i) {
    const Enrolment& enrolled = site.agents[i];
    AgentRecord& agent = memory.agents[i];
    if (i < snapshot.mail.size()) {
      const AgentMail& mail = snapshot.mail[i];
      if (mail.offer) take_offer(site, i, *mail.offer, agent, decision);
      for (const ReceivedStatus& received : mail.statuses) {
        look_for_rivals(received.status, snapshot.term(), i, memory.contest, decision);
        take_status(enrolled, site, received, snapshot.term(), agent);
      }
    }
    let_time_pass(agent.book, enrolled, site, snapshot.now);
    follow_acks(agent);
    judge_silence(site, agent, snapshot.now, i, decision);
    judge_fault(agent, i, decision);
    judge_obedience(enrolled, agent, snapshot.now, i, decision);
    reclaim(agent, snapshot.now);
  }
  contest_term(snapshot.term(), snapshot.now, memory.contest, decision);
}

bool controllable(const AgentRecord& agent) {
  return agent.offer && !agent.silent && agent.book.newest->status.state != AgentState::Fault;
}

}  // namespace balans::deciding
