// The base load jumps just when something has failed.

#include <signal.h>

#include <algorithm>

#include "tests/faults/street_under_fault.hpp"

namespace balans::sim {
namespace {

constexpr Millis kMeterBackAfter = 25_s;  ///< while it is silent nobody can know of the step

struct StepCase {
  const char* name;
  bool broker_killed = false;
  int agent_signal = 0;   ///< to that of the charger which obeys
  bool disobeys = false;  ///< the other charger
  bool meter_silent = false;
};

void PrintTo(const StepCase& it, std::ostream* out) { *out << it.name; }

/// Two cars charge; 8 A more on L1 are more than the transformer can carry beside both of them. Not here, because
/// nobody could do anything: an agent dead beside a device that disobeys, for neither of the two cars is then
/// controlled.
class Step : public StreetUnderFault, public testing::WithParamInterface<StepCase> {
 protected:
  void fail() {
    if (GetParam().broker_killed) stage().kill("broker");
    if (GetParam().agent_signal == SIGKILL) stage().kill("charger-1");
    if (GetParam().agent_signal == SIGSTOP) stage().send("charger-1", SIGSTOP);
    if (GetParam().disobeys) tell(R"({"device":"charger-3","fault":"disobey"})");
    if (GetParam().meter_silent) tell(R"({"meter":"silent"})");
  }
  /// It has been over, and has been well for a while.
  [[nodiscard]] bool is_over(UnixTime stepped) const {
    constexpr std::size_t kWell = 8;
    const std::vector<Second> seconds = truth_since(stepped);
    const auto over = [](const Second& second) { return second.overload; };
    return seconds.size() > kWell && std::any_of(seconds.begin(), seconds.end(), over) &&
           std::none_of(seconds.end() - kWell, seconds.end(), over);
  }
};

TEST_P(Step, UnderAFaultOverloadsForNoLongerThanALeaseAndTenSeconds) {
  constexpr Millis kLongest = defaults::kTtl + 10_s;
  ASSERT_NO_FATAL_FAILURE(begin({}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  fail();
  const UnixTime stepped = now();
  tell(R"({"base_add_a":[8,0,0]})");
  if (GetParam().meter_silent) {
    ASSERT_TRUE(wait_until(stepped + kMeterBackAfter));
    tell(R"({"meter":"none"})");
  }
  EXPECT_TRUE(wait_for([&] { return is_over(stepped) || newest()->at > stepped + kLongest + 10_s; }));
  EXPECT_GT(longest_overload(stepped), 0) << "the step overloads nothing, so this shows nothing";
  EXPECT_LE(longest_overload(stepped), kLongest / 1_s);
  std::printf("overloaded for %lld s\n", static_cast<long long>(longest_overload(stepped)));
  if (GetParam().agent_signal == SIGSTOP) stage().send("charger-1", SIGCONT);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, Step,
    testing::Values(StepCase{.name = "BrokerKilled", .broker_killed = true},
                    StepCase{.name = "AgentKilled", .agent_signal = SIGKILL},
                    StepCase{.name = "AgentFrozen", .agent_signal = SIGSTOP},
                    StepCase{.name = "MeterSilent", .meter_silent = true},
                    StepCase{.name = "BrokerKilledDeviceStuck", .broker_killed = true, .disobeys = true},
                    StepCase{.name = "BrokerAndAgentKilled", .broker_killed = true, .agent_signal = SIGKILL}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace balans::sim
