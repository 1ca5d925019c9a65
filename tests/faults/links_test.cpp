// The broker, an agent or the controller dies while cars charge.

#include <algorithm>

#include "tests/faults/street_under_fault.hpp"

namespace balans::sim {
namespace {

constexpr Millis kTtl = defaults::kTtl;
constexpr Millis kSettles = defaults::kSettle + 2 * defaults::kAgentTick;  // a tick to notice, one to write
/// A lease is renewed every third of its time and counts from a status that is up to `kStatusEvery` old.
constexpr Millis kLeastLeft = kTtl - kTtl / defaults::kRenewPerTtl - defaults::kStatusEvery - 2 * defaults::kTick;
constexpr double kResumesWithinS = 5;  // of real time: connecting is not scaled

class Links : public StreetUnderFault {
 protected:
  [[nodiscard]] bool all_off() const {
    const std::optional<Second> second = newest();
    return second && second->allowed_in_all() == Milliamps();
  }

  /// Real seconds from `from` until every agent has accepted a lease that was sent since then.
  [[nodiscard]] std::optional<double> seconds_to_leases(UnixTime from) {
    UnixTime last = from;
    const bool all = wait_for([&] {
      return std::all_of(kChargers.begin(), kChargers.end(), [&](const std::string& id) {
        const std::optional<UnixTime> accepted = first_event(id, "lease-accepted", from);
        if (accepted) last = std::max(last, *accepted);
        return accepted.has_value();
      });
    });
    if (!all) return std::nullopt;
    return static_cast<double>((last - from).count()) / 1000.0 / static_cast<double>(speed());
  }

  void expect_leases_again(UnixTime from, const std::string& after) {
    const std::optional<double> seconds = seconds_to_leases(from);
    ASSERT_TRUE(seconds) << "not every agent has a lease again";
    EXPECT_LE(*seconds, kResumesWithinS);
    std::printf("in leases again %.1f s after %s\n", *seconds, after.c_str());
  }

  void expect_charging_again() {
    EXPECT_TRUE(wait_for([&] {
      const std::optional<Second> second = newest();
      return second && std::all_of(kChargers.begin(), kChargers.end(),
                                   [&](const std::string& id) { return second->devices.at(id).drawn >= kTwoShares; });
    })) << "the cars do not charge again";
  }

  [[nodiscard]] std::int64_t newest_epoch() const {
    const std::vector<SentLimit> limits = sent_limits();
    return limits.empty() ? 0 : limits.back().epoch;
  }
};

TEST_F(Links, WithoutABrokerEveryDeviceIsOffWithinTheTtlAndAllResumesWithItsReturn) {
  ASSERT_NO_FATAL_FAILURE(begin({}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const UnixTime killed = now();
  stage().kill("broker");
  ASSERT_TRUE(wait_until(killed + kTtl + kSettles + 5_s));
  for (const Second& second : truth_since(killed + kTtl + kSettles))
    for (const auto& [id, device] : second.devices) {
      EXPECT_EQ(device.allowed, Milliamps()) << id << " " << (second.at - killed).count() << " ms after the fault";
      EXPECT_EQ(device.drawn, Milliamps()) << id << " " << (second.at - killed).count() << " ms after the fault";
    }
  const UnixTime back = now();
  ASSERT_TRUE(stage().restart("broker").ok());
  expect_leases_again(back, "the broker's return");
  expect_charging_again();
  expect_within_budget(killed);
}

TEST_F(Links, ADeadAgentsShareIsNobodysUntilItsDeviceHasFallenBack) {
  ASSERT_NO_FATAL_FAILURE(begin({.speed = 4}));  // a machine that stands still for 0.3 s is not two ticks late
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const std::string dead = "charger-1";
  const std::string other = "charger-3";
  const UnixTime killed = now();
  stage().kill(dead);
  ASSERT_TRUE(wait_for([&] { return fallen_back(dead, killed).has_value(); })) << "no watchdog has acted";
  const UnixTime free_at = *fallen_back(dead, killed);
  const std::optional<UnixTime> silent = first_event("trafo", "agent-silent", killed);
  ASSERT_TRUE(silent) << "nobody reports it";
  EXPECT_LE(*silent, killed + defaults::kAgentSilentAfter + 2 * defaults::kTick);
  ASSERT_TRUE(wait_for([&] { return first_raise(other, killed).has_value(); })) << "its share is lost for ever";
  EXPECT_GT(*first_raise(other, killed), free_at);

  const UnixTime back = now();
  ASSERT_TRUE(stage().restart(dead).ok());
  ASSERT_TRUE(wait_for([&] { return first_event(dead, "lease-accepted", back).has_value(); }));
  expect_charging_again();
  expect_within_budget(killed);
}

TEST_F(Links, ARestartedControllerStartsAnEpochAndNoSecondExceedsTheRating) {
  ASSERT_NO_FATAL_FAILURE(begin({.speed = 5}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const std::int64_t epoch = newest_epoch();
  const UnixTime killed = now();
  stage().kill("trafo");
  const UnixTime back = now();
  ASSERT_TRUE(stage().restart("trafo").ok());
  expect_leases_again(back, "the controller's restart");
  EXPECT_EQ(newest_epoch(), epoch + 1);
  expect_charging_again();
  expect_within_budget(killed);
}

TEST_F(Links, WithoutAControllerLeasesHoldUntilTheyEndAndNotLonger) {
  ASSERT_NO_FATAL_FAILURE(begin({}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const std::int64_t epoch = newest_epoch();
  const UnixTime killed = now();
  stage().kill("trafo");
  ASSERT_TRUE(wait_for([&] { return all_off(); })) << "devices run on without a lease";
  ASSERT_TRUE(wait_until(killed + kTtl + kSettles + 2_s));
  for (const Second& second : truth_since(killed)) {
    for (const auto& [id, device] : second.devices) {
      if (second.at < killed + kLeastLeft) {
        EXPECT_GE(device.allowed, kTwoShares) << id << " lost its lease early";
      } else if (second.at > killed + kTtl + kSettles) {
        EXPECT_EQ(device.drawn, Milliamps()) << id << " runs on";
      }
    }
  }
  const UnixTime back = now();
  ASSERT_TRUE(stage().restart("trafo").ok());
  expect_leases_again(back, "the controller's restart");
  EXPECT_EQ(newest_epoch(), epoch + 1);
  expect_charging_again();
  expect_within_budget(killed);
}

}  // namespace
}  // namespace balans::sim
