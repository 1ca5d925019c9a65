// A device falls silent or disobeys; the base load jumps.

#include <algorithm>

#include "tests/faults/street_under_fault.hpp"

namespace balans::sim {
namespace {

constexpr std::int64_t kOverloadEndsWithinS = 10;

class Devices : public StreetUnderFault {
 protected:
  const std::string faulty_ = "charger-3";
  const std::string other_ = "charger-1";

  void break_device(const std::string& fault) { tell(R"({"device":")" + faulty_ + R"(","fault":")" + fault + R"("})"); }

  void expect_short_overload(UnixTime from) {
    const std::int64_t longest = longest_overload(from);
    EXPECT_LE(longest, kOverloadEndsWithinS);
    std::printf("overloaded for %lld s\n", static_cast<long long>(longest));
  }
};

TEST_F(Devices, ASilentDevicesShareGoesToTheOthersOnlyWhenItHasFallenBack) {
  ASSERT_NO_FATAL_FAILURE(begin({}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const UnixTime broken = now();
  break_device("silent");
  ASSERT_TRUE(wait_for([&] { return first_event(faulty_, "fault", broken).has_value(); })) << "its agent says nothing";
  ASSERT_TRUE(wait_for([&] { return first_event("trafo", "agent-fault", broken).has_value(); })) << "nobody is told";
  ASSERT_TRUE(wait_for([&] { return fallen_back(faulty_, broken).has_value(); })) << "no watchdog has acted";
  const UnixTime free_at = *fallen_back(faulty_, broken);
  ASSERT_TRUE(wait_for([&] { return first_raise(other_, free_at).has_value(); })) << "its share is lost for ever";
  // Small raises from what was free anyway may come at any time. By truth, whatever is handed out fits beside what the
  // silent device may still draw: had its share gone before it fell back, the sum would be over the budget.
  expect_within_budget(broken);
}

TEST_F(Devices, ADisobedientDeviceIsPausedAndTheOthersMakeRoomForIt) {
  ASSERT_NO_FATAL_FAILURE(begin({.speed = 5}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const UnixTime broken = now();
  break_device("disobey");
  ASSERT_TRUE(wait_for([&] { return first_event("trafo", "agent-stuck", broken).has_value(); })) << "nobody is told";
  ASSERT_TRUE(wait_for([&] { return first_event(faulty_, "fault", broken).has_value(); })) << "its agent says nothing";
  ASSERT_TRUE(wait_for([&] {
    return std::any_of(stage().events(faulty_).begin(), stage().events(faulty_).end(), [&](const Stage::Event& event) {
      return text_of(event, "event") == "setpoint-written" && event.at("ma").as_int64() == 0 &&
             event.at("utc_ms").as_int64() > broken.ms();
    });
  })) << "its agent does not pause it";
  ASSERT_TRUE(wait_until(broken + 40_s));
  const Second last = *newest();
  EXPECT_EQ(last.devices.at(faulty_).drawn, 16_A) << "the fault is that it takes all it can";
  EXPECT_GT(longest_overload(broken), 0) << "the fault overloads nothing, so this shows nothing";
  // Half of the cut was its own; the others make room for it before it is known to be stuck.
  expect_short_overload(broken);
  const UnixTime stuck = *first_event("trafo", "agent-stuck", broken);
  for (const Second& second : truth_since(stuck)) ASSERT_FALSE(second.overload);
}

class BaseLoadStep : public Devices, public testing::WithParamInterface<const char*> {};

TEST_P(BaseLoadStep, UnderChargingCarsIsNoOverloadForMoreThanTenSeconds) {
  ASSERT_NO_FATAL_FAILURE(begin({.speed = 5}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const UnixTime stepped = now();
  tell(std::string(R"({"base_add_a":)") + GetParam() + "}");
  ASSERT_TRUE(wait_until(stepped + 40_s));
  EXPECT_GT(longest_overload(stepped), 0) << "the step overloads nothing, so this shows nothing";
  EXPECT_FALSE(newest()->overload);
  expect_short_overload(stepped);
}

INSTANTIATE_TEST_SUITE_P(Steps, BaseLoadStep, testing::Values("[8,0,0]", "[0,22,0]"),
                         [](const auto& each) { return each.index == 0 ? "Small" : "Large"; });

}  // namespace
}  // namespace balans::sim
