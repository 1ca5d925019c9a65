// Streets in storms of every fault there is, each with its own seed. `balans-sim soak` runs more of them.
// BALANS_SOAK_SEEDS and BALANS_SOAK_FIRST choose others.
#include "sim/soak/soak.hpp"

#include <gtest/gtest.h>

#include "sim/soak/report.hpp"
#include "tests/support/environment.hpp"

namespace balans::soak {
namespace {

using twin::Mistake;

constexpr Millis kMinute = Millis(60'000);

/// Shard `number` of `of`, so that they can run side by side.
void soak(std::int64_t number, std::int64_t of) {
  SoakSettings settings;
  const std::int64_t seeds = number_from_environment("BALANS_SOAK_SEEDS", 500) / of;
  settings.first = static_cast<std::uint64_t>(number_from_environment("BALANS_SOAK_FIRST", 1) + number * seeds);
  settings.seeds = seeds;
  const SoakResult result = run_seeds(settings, [](std::int64_t) {});
  EXPECT_TRUE(result.failed.empty()) << to_text(result);
  EXPECT_EQ(result.seeds, seeds);
  EXPECT_GE(result.fewest_faults, 50);
  for (std::size_t f = 0; f < kFaultKinds; ++f) EXPECT_GT(result.faults[f], 0) << name_of(static_cast<Fault>(f));
}

TEST(Soak, NoFaultBreaksALaw1) { soak(0, 4); }
TEST(Soak, NoFaultBreaksALaw2) { soak(1, 4); }
TEST(Soak, NoFaultBreaksALaw3) { soak(2, 4); }
TEST(Soak, NoFaultBreaksALaw4) { soak(3, 4); }

TEST(Soak, InCalmHoursNobodyWaitsBeyondTheBound) {
  SoakSettings settings;
  settings.sky = Sky::Calm;
  settings.minutes = usual_minutes(Sky::Calm);
  settings.first = static_cast<std::uint64_t>(number_from_environment("BALANS_SOAK_FIRST", 1));
  settings.seeds = number_from_environment("BALANS_CALM_SEEDS", 12);
  const SoakResult result = run_seeds(settings, [](std::int64_t) {});
  EXPECT_TRUE(result.failed.empty()) << to_text(result);
  EXPECT_GE(result.waited.turns, settings.seeds);
}

/// Streets in which an excess lasts because agents died while base load was rising: it has its reason, and is counted.
TEST(Soak, WhatNobodyCouldCutIsNotTheControllersFault) {
  for (const std::uint64_t seed : {std::uint64_t{283}, std::uint64_t{997}}) {
    twin::Log log;
    const SeedResult result = run_seed(seed, {}, log);
    EXPECT_EQ(result.wrong, "");
    EXPECT_GT(result.judged.beyond_reach, 0) << "seed " << seed;
  }
}

TEST(Soak, TheSameSeedGivesTheSameLog) {
  for (const std::uint64_t seed : {std::uint64_t{3}, std::uint64_t{8}, std::uint64_t{21}}) {
    SoakSettings settings;
    settings.sky = seed == 3 ? Sky::Calm : Sky::Stormy;
    settings.minutes = 5;
    twin::Log first, second;
    run_seed(seed, settings, first);
    run_seed(seed, settings, second);
    EXPECT_EQ(first.text(), second.text()) << "seed " << seed;
    EXPECT_GT(first.text().size(), 1000U);
  }
}

TEST(Soak, HowManyThreadsThereAreChangesNothing) {
  SoakSettings settings;
  settings.seeds = 6;
  settings.minutes = 2;
  const SoakResult alone = run_seeds(settings, [](std::int64_t) {});
  settings.threads = 3;
  EXPECT_EQ(alone.log.bytes, run_seeds(settings, [](std::int64_t) {}).log.bytes);
}

/// What happened in the first street in which a law was broken.
std::string first_breach(Mistake mistake, std::uint64_t first, std::int64_t count, Sky sky = Sky::Stormy) {
  SoakSettings settings;
  settings.mistake = mistake;
  settings.sky = sky;
  settings.minutes = usual_minutes(sky);
  for (std::uint64_t seed = first; seed < first + static_cast<std::uint64_t>(count); ++seed) {
    twin::Log log;
    const SeedResult result = run_seed(seed, settings, log);
    if (!result.wrong.empty()) return "seed " + std::to_string(seed) + ": " + result.wrong;
  }
  return "";
}

/// The same where somebody forges without pause and nothing else goes wrong.
std::string first_breach_by(Fault attack, Mistake mistake, std::int64_t count) {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(count); ++seed) {
    Random random(seed);
    Case made = plain_case(random);
    made.weather = Weather{};
    made.weather[attack] = 800'000;
    made.weather.at_least = 1;
    made.weather.appetite_changes = 30'000;
    const auto wrong = Trial(made, {seed, mistake, twin::Wire::StandIn}).live(20 * kMinute);
    if (wrong) return "seed " + std::to_string(seed) + ": " + *wrong;
  }
  return "";
}

TEST(SoakMistakes, AgentsThatBelieveAnybodyBreakTheLaw) {
  EXPECT_NE(first_breach_by(Fault::ForgedLimit, Mistake::AgentBelievesAll, 20), "");
  EXPECT_EQ(first_breach_by(Fault::ForgedLimit, Mistake::None, 2), "");
}
TEST(SoakMistakes, AControllerThatBelievesAnybodyBreaksTheLaw) {
  EXPECT_NE(first_breach_by(Fault::ForgedStatus, Mistake::ControllerBelievesAll, 20), "");
  EXPECT_EQ(first_breach_by(Fault::ForgedStatus, Mistake::None, 2), "");
}
TEST(SoakMistakes, TrustInFrozenMetersBreaksTheLaw) {
  EXPECT_NE(first_breach(Mistake::TrustsFrozenMeters, 1370, 10), "");  // it is rare
}
TEST(SoakMistakes, RaisesIntoTheMarginBreakTheLaw) { EXPECT_NE(first_breach(Mistake::NoMargin, 1, 5), ""); }
TEST(SoakMistakes, TimetablesThatAreIgnoredBreakTheLaw) { EXPECT_NE(first_breach(Mistake::NoTimetable, 10, 5), ""); }
TEST(SoakMistakes, WhatASilentAgentHeldIsNotFree) { EXPECT_NE(first_breach(Mistake::ForgetsTheSilent, 1, 20), ""); }
TEST(SoakMistakes, WaitsWithoutOrderBreakTheLaw) {
  EXPECT_NE(first_breach(Mistake::WaitsInNoOrder, 13, 3, Sky::Calm).find("has waited"), std::string::npos);
}
TEST(SoakMistakes, TurnsWithoutEndBreakTheLaw) {
  EXPECT_NE(first_breach(Mistake::NoRotation, 8, 4, Sky::Calm).find("has waited"), std::string::npos);
}

// ---- healthy links: the bound of the design in seconds ----

/// Base loads step and ramp; nothing else goes wrong. Devices that settle within five seconds.
Case healthy_case(std::uint64_t seed) {
  Random random(seed);
  Case made = random_case(random);
  made.weather = Weather{};
  made.weather.network.usual = 300_ms;
  made.weather.base_steps = 20'000;
  made.weather.base_ramps = 10'000;
  made.weather.appetite_changes = 10'000;
  for (std::size_t i = 0; i < made.street.agents.size(); ++i) {
    const Millis settle = std::min(made.street.agents[i].settle, 5_s);
    made.street.agents[i].settle = made.street.site.agents[i].settle = settle;
    made.street.devices[i].delay = std::min(made.street.devices[i].delay, settle);
  }
  return made;
}

std::optional<std::string> live_healthy(std::uint64_t seed, Mistake mistake) {
  return Trial(healthy_case(seed), {seed, mistake, twin::Wire::Structs, {20_s, 10_s, 30_s}}).live(20 * kMinute);
}

TEST(Overload, WithHealthyLinksEndsWithinTenSecondsOfItsMetersSeeingIt) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto wrong = live_healthy(seed, Mistake::None);
    ASSERT_FALSE(wrong) << "seed " << seed << ": " << *wrong;
  }
}

TEST(Overload, LastsLongerWhenMetersAreLate) {
  std::optional<std::string> wrong;
  for (std::uint64_t seed = 1; seed <= 40 && !wrong; ++seed) wrong = live_healthy(seed, Mistake::LateMeters);
  EXPECT_TRUE(wrong);
}

}  // namespace
}  // namespace balans::soak
