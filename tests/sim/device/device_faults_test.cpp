// What an agent makes of a device in which something goes wrong, and that it never believes it.

#include "tests/sim/device/device_bench.hpp"

namespace balans::sim {
namespace {

class FaultyDevice : public DeviceBench {
 protected:
  void draw_at_most(Milliamps granted);
  void expect_fault_within(int seconds);
  void expect_recovery(Milliamps granted);
  [[nodiscard]] bool measures() const {
    return setup_.description.find(QuantityId::CurrentL1) || setup_.description.find(QuantityId::Power);
  }
};

void FaultyDevice::draw_at_most(Milliamps granted) {
  ASSERT_NO_FATAL_FAILURE(begin());
  ASSERT_NO_FATAL_FAILURE(seconds(10));
  agent_->grant_draw(granted.count() > 0 ? granted : band(Direction::Draw).max);
  ASSERT_NO_FATAL_FAILURE(seconds(patience()));
  ASSERT_GT(draws(), 0_A);
  ASSERT_TRUE(agent_->is_effective());
}

void FaultyDevice::expect_fault_within(int within) {
  for (int i = 0; i < within && agent_->state() != AgentState::Fault; ++i) ASSERT_NO_FATAL_FAILURE(second());
  EXPECT_EQ(agent_->state(), AgentState::Fault);
  EXPECT_NE(agent_->fault(), "");
}

/// It may have to be left alone until its watchdog has acted, and a pause for disobedience has to end.
void FaultyDevice::expect_recovery(Milliamps granted) {
  device_->set_fault(ModelFault::None);
  const Millis silent = file_.settings.revert.value_or(0_s) + file_.settings.settle;
  ASSERT_NO_FATAL_FAILURE(seconds(static_cast<int>((silent + defaults::kPauseLasts).count() / 1000)));
  ASSERT_NO_FATAL_FAILURE(expect_follows(Direction::Draw, granted));
  EXPECT_EQ(agent_->state(), AgentState::Following);
}

TEST_P(FaultyDevice, ThatDoesNotAnswerIsAFaultUntilItDoes) {
  for (const auto& [fault, lasts] : {std::pair{ModelFault::Unanswered, 6}, std::pair{ModelFault::Unanswered, 100},
                                     std::pair{ModelFault::Exception, 6}, std::pair{ModelFault::Exception, 100}}) {
    SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault)) + " for " + std::to_string(lasts) + " s");
    ASSERT_NO_FATAL_FAILURE(draw_at_most({}));
    device_->set_fault(fault);
    ASSERT_NO_FATAL_FAILURE(expect_fault_within(5));
    for (int i = 0; i < lasts; ++i) {
      ASSERT_NO_FATAL_FAILURE(second());
      ASSERT_FALSE(agent_->polled()) << "there was nothing to read";
    }
    ASSERT_NO_FATAL_FAILURE(expect_recovery(band(Direction::Draw).max));
  }
}

TEST_P(FaultyDevice, ThatAnAgentCannotReachIsLeftToItsWatchdog) {
  ASSERT_NO_FATAL_FAILURE(draw_at_most({}));
  if (!file_.settings.revert) GTEST_SKIP() << "it has no watchdog that goes down";
  device_->set_fault(ModelFault::Exception);  // an agent that goes on asking would keep it alive
  const Millis within = defaults::kStuckAfter + *file_.settings.revert + file_.settings.settle + 5_s;
  Milliamps least = draws();
  for (Millis t; t < within; t += 1_s) {
    ASSERT_NO_FATAL_FAILURE(second());
    if (device_->truth().fallen_back) least = std::min(least, draws());
  }
  EXPECT_LE(least, file_.settings.device_fallback);
}

TEST_P(FaultyDevice, ThatTakesALimitAndIgnoresItIsNotBelieved) {
  const auto [min, max, failsafe] = band(Direction::Draw);
  ASSERT_NO_FATAL_FAILURE(draw_at_most(max));
  device_->set_fault(ModelFault::Stuck);
  agent_->grant_draw(0_A);
  bool fault = false;
  for (int i = 0; i < 60; ++i) {
    ASSERT_NO_FATAL_FAILURE(second());
    if (agent_->is_effective()) {
      ASSERT_EQ(draws(), 0_A) << "in second " << i;  // its watchdog has acted
    }
    ASSERT_GE(agent_->memory().actuation.draw.holding.largest(), draws()) << "what it may draw stays booked";
    fault = fault || agent_->state() == AgentState::Fault;
  }
  EXPECT_EQ(fault, measures());
  ASSERT_NO_FATAL_FAILURE(expect_recovery(file_.settings.max));
}

TEST_P(FaultyDevice, ThatShowsALimitAndDoesNotFollowItIsAFault) {
  ASSERT_NO_FATAL_FAILURE(draw_at_most({}));
  if (!measures()) GTEST_SKIP() << "nobody can see what it draws";
  device_->set_fault(ModelFault::Disobey);
  agent_->grant_draw(0_A);
  ASSERT_NO_FATAL_FAILURE(expect_fault_within(40));
  EXPECT_FALSE(agent_->is_effective());
  EXPECT_GT(draws(), 0_A);
  ASSERT_NO_FATAL_FAILURE(expect_recovery(file_.settings.max));
}

TEST_P(FaultyDevice, ThatShowsTheSameForEverIsNotTakenForObedient) {
  ASSERT_NO_FATAL_FAILURE(draw_at_most({}));
  if (!measures()) GTEST_SKIP() << "nobody can see what it draws";
  compares_ = false;
  device_->set_fault(ModelFault::Frozen);
  agent_->grant_draw(0_A);
  ASSERT_NO_FATAL_FAILURE(expect_fault_within(40));
  EXPECT_FALSE(agent_->is_effective());
  device_->set_fault(ModelFault::None);
  ASSERT_NO_FATAL_FAILURE(device_second());
  compares_ = true;
  ASSERT_NO_FATAL_FAILURE(expect_recovery(file_.settings.max));
}

TEST_P(FaultyDevice, ThatStartsAgainIsToldItsLimitBeforeItsLoadIsBack) {
  ASSERT_NO_FATAL_FAILURE(draw_at_most({}));
  const Milliamps granted = (file_.settings.max + file_.settings.min) / 2;
  ASSERT_NO_FATAL_FAILURE(expect_follows(Direction::Draw, granted));
  const Milliamps most = planned(Direction::Draw, granted);
  device_->restart(8_s);
  for (int i = 0; i < 8; ++i) ASSERT_NO_FATAL_FAILURE(second());
  ASSERT_FALSE(device_->is_off());
  int above = 0;
  for (int i = 0; i < 60; ++i) {
    ASSERT_NO_FATAL_FAILURE(second());
    if (device_->truth().allowed > most) ++above;
    if (setup_.load == LoadKind::Car) {
      ASSERT_LE(draws(), most) << "a car takes longer to begin than its agent to find the charger again";
    }
  }
  EXPECT_LE(above, 3) << "seconds until it was told again";
  ASSERT_NO_FATAL_FAILURE(expect_recovery(granted));
}

INSTANTIATE_TEST_SUITE_P(Of, FaultyDevice,
                         testing::Values("chargers/keba_p30", "chargers/alfen_eve", "chargers/abl_emh1",
                                         "chargers/heidelberg_energy_control", "chargers/vestel_evc04",
                                         "chargers/webasto_next", "batteries/sunspec_storage", "heat/nibe_s_series",
                                         "heat/mypv_ac_thor"),
                         test_name);

}  // namespace
}  // namespace balans::sim
