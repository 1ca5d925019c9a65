#pragma once
// One agent's book on a controller, and what it hears.

#include <gtest/gtest.h>

#include "trafo/core/lease.hpp"

namespace balans {

inline constexpr BootTime kStart(1'000'000);
inline constexpr Term kOwn{Epoch{7}, BootId{70}};
inline constexpr Nonce kSession{11};
inline PerPhase<Milliamps> all(Milliamps current) { return PerPhase<Milliamps>::all(current); }

inline Enrolment charger() {
  Enrolment agent;
  agent.id = *AgentId::parse("charger-1");
  agent.phases = PhaseSet::all();
  agent.max = 16_A;
  agent.settle = 6_s;
  agent.revert = 5_s;
  return agent;
}

/// One agent's book, on a controller whose clock shows `now` when the agent's shows `now − offset`.
class LeaseBook : public testing::Test {
 protected:
  void enrol(Enrolment enrolment) {
    agent = std::move(enrolment);
    site.agents = {agent};
    book = fresh_book(agent, kStart);
  }
  void SetUp() override { enrol(charger()); }
  [[nodiscard]] AgentTime agent_clock() const { return AgentTime(now.ms() - 900'000); }
  [[nodiscard]] Status status() const {
    Status s;
    s.at = agent_clock();
    s.nonce = session;
    s.holding = all(16_A);
    return s;
  }
  bool hear(const Status& s) { return receive(book, agent, site, {s, now}, kOwn); }
  bool hear() { return hear(status()); }
  bool hear_ack(const Limit& limit, AckStage stage) { return hear_ack(limit, stage, limit.max); }
  bool hear_ack(const Limit& limit, AckStage stage, const Allowance& taken) {
    Status s = status();
    s.ack = Ack{limit.epoch, limit.boot, limit.seq, taken, stage};
    return hear(s);
  }
  Limit give(Milliamps current) { return issue(book, site, all(current), true, Reason::Capacity, kOwn, now); }
  void wait(Millis time) {
    now = now + time;
    let_time_pass(book, agent, site, now);
  }
  [[nodiscard]] Milliamps booked() const { return envelope(book, agent).draw.largest(); }
  /// Takes the restart booking away: the agent is in an effective lease of 0.
  void settle() {
    hear();
    hear_ack(give(0_A), AckStage::Effective);
    ASSERT_EQ(booked(), 0_A);
  }

  Site site;
  Enrolment agent;
  AgentBook book;
  BootTime now = kStart;
  Nonce session = kSession;
};

}  // namespace balans
