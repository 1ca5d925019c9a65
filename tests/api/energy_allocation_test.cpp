// Every watt-hour of a meter and slot goes to exactly one use, whatever is metered, in whatever order it comes.
#include "api/core/energy/allocation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "api/core/energy/apportion.hpp"
#include "api/core/energy/settling.hpp"

namespace balans::api::energy::test {
namespace {

AgentId meter(const std::string& name) { return *AgentId::parse(name); }
Metered row(const std::string& name, std::int64_t imported, std::int64_t exported = 0) {
  return {meter(name), WattHours(imported), WattHours(exported)};
}
EnergyUse use(const std::string& name, Use what, std::int64_t energy, const std::string& under = "") {
  return {meter(name), what, under, WattHours(energy)};
}

TEST(Apportion, GivesTheLargestRemaindersTheRest) {
  EXPECT_EQ(*apportion(10, std::vector<std::int64_t>{1, 1, 1}), (std::vector<std::int64_t>{4, 3, 3}));
  EXPECT_EQ(*apportion(10, std::vector<std::int64_t>{5, 3, 3}), (std::vector<std::int64_t>{4, 3, 3}));
  EXPECT_EQ(*apportion(5, std::vector<std::int64_t>{0, 0}), (std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(*apportion(INT64_MAX, std::vector<std::int64_t>{INT64_MAX, INT64_MAX}),
            (std::vector<std::int64_t>{INT64_MAX / 2 + 1, INT64_MAX / 2}));
  EXPECT_FALSE(apportion(-1, std::vector<std::int64_t>{1}).ok());
  EXPECT_FALSE(apportion(1, std::vector<std::int64_t>{2, -1}).ok());
}

TEST(Allocation, SharesWhatIsUsedAndPutOutTogetherAndLeavesTheRestToTheSupplier) {
  const std::vector<Metered> slot{row("house-a", 300), row("house-b", 100), row("roof", 0, 200)};
  EXPECT_EQ(*allocate(slot), (std::vector{use("house-a", Use::SharedIn, 150), use("house-a", Use::FromSupplier, 150),
                                          use("house-b", Use::SharedIn, 50), use("house-b", Use::FromSupplier, 50),
                                          use("roof", Use::SharedOut, 200)}));
}

TEST(Allocation, SplitsASurplusAmongProducersToTheWattHour) {
  const std::vector<Metered> slot{row("car", 100), row("roof-a", 0, 200), row("roof-b", 0, 100), row("roof-c", 0, 1)};
  EXPECT_EQ(*allocate(slot), (std::vector{use("car", Use::SharedIn, 100), use("roof-a", Use::SharedOut, 67),
                                          use("roof-a", Use::ToSupplier, 133), use("roof-b", Use::SharedOut, 33),
                                          use("roof-b", Use::ToSupplier, 67), use("roof-c", Use::ToSupplier, 1)}));
}

TEST(Allocation, GivesContractsTheirEnergyBeforeItIsShared) {
  const std::vector<Metered> slot{row("car", 100), row("house", 100), row("roof", 0, 120)};
  const std::vector<EnergyUse> contracts{use("car", Use::ContractIn, 80, "lot-7"),
                                         use("roof", Use::ContractOut, 80, "lot-7")};
  EXPECT_EQ(*allocate(slot, contracts),
            (std::vector{use("car", Use::ContractIn, 80, "lot-7"), use("car", Use::SharedIn, 7),
                         use("car", Use::FromSupplier, 13), use("house", Use::SharedIn, 33),
                         use("house", Use::FromSupplier, 67), use("roof", Use::ContractOut, 80, "lot-7"),
                         use("roof", Use::SharedOut, 40)}));
}

TEST(Allocation, RefusesWhatCannotBeAndNamesTheMeter) {
  const auto message = [](std::vector<Metered> slot, std::vector<EnergyUse> earlier = {}) {
    const auto uses = allocate(slot, earlier);
    return uses ? std::string() : uses.error().message();
  };
  EXPECT_EQ(message({row("a", 1), row("a", 1)}), "meter a: comes twice in one slot");
  EXPECT_EQ(message({row("a", -1)}), "meter a: counted an energy outside 0..1000000000000 Wh");
  EXPECT_EQ(message({row("a", 10)}, {use("a", Use::ContractIn, 6, "x"), use("a", Use::ContractIn, 5, "y")}),
            "meter a: uses of 5 Wh as contract-in, expected 0..4");
  EXPECT_EQ(message({row("a", 10)}, {use("b", Use::ContractIn, 6, "x")}), "meter b: is used and not metered");
}

/// What is true of every slot.
void expect_every_watt_hour_once(const std::vector<Metered>& slot, const std::vector<EnergyUse>& uses) {
  std::map<AgentId, std::int64_t> in, out;
  std::map<Use, std::int64_t> sums;
  for (const EnergyUse& each : uses) {
    EXPECT_GT(each.energy.count(), 0);
    (is_import(each.use) ? in : out)[each.meter] += each.energy.count();
    sums[each.use] += each.energy.count();
  }
  std::int64_t used = 0, put_out = 0;
  for (const Metered& each : slot) {
    EXPECT_EQ(in[each.meter], each.imported.count()) << each.meter.str();
    EXPECT_EQ(out[each.meter], each.exported.count()) << each.meter.str();
    used += each.imported.count();
    put_out += each.exported.count();
  }
  EXPECT_EQ(sums[Use::SharedIn], sums[Use::SharedOut]);
  EXPECT_EQ(sums[Use::SharedIn], std::min(used - sums[Use::ContractIn], put_out - sums[Use::ContractOut]));
  EXPECT_TRUE(sums[Use::FromSupplier] == 0 || sums[Use::ToSupplier] == 0) << "what can be shared is";
}

struct RandomSlot {
  std::vector<Metered> metered;
  std::vector<EnergyUse> earlier;
};

RandomSlot random_slot(std::mt19937_64& random) {
  const auto up_to = [&](std::int64_t most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
  };
  RandomSlot slot;
  const std::int64_t meters = up_to(12), size = up_to(1) == 0 ? 5 : 20'000;
  for (std::int64_t i = 0; i < meters; ++i) {
    const std::string name = "m" + std::to_string(i);
    slot.metered.push_back(row(name, up_to(2) == 0 ? 0 : up_to(size), up_to(1) == 0 ? 0 : up_to(size)));
    if (up_to(4) == 0)
      slot.earlier.push_back(use(name, Use::ContractIn, up_to(slot.metered.back().imported.count()), "lot"));
    if (up_to(4) == 0)
      slot.earlier.push_back(use(name, Use::ContractOut, up_to(slot.metered.back().exported.count()), "lot"));
  }
  return slot;
}

TEST(Allocation, UsesEveryWattHourOnceInAnyOrder) {
  const std::uint64_t seed = 20'240'611;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", round " + std::to_string(round));
    RandomSlot slot = random_slot(random);
    const auto uses = allocate(slot.metered, slot.earlier);
    ASSERT_TRUE(uses.ok()) << uses.error().message();
    expect_every_watt_hour_once(slot.metered, *uses);
    std::shuffle(slot.metered.begin(), slot.metered.end(), random);
    std::shuffle(slot.earlier.begin(), slot.earlier.end(), random);
    EXPECT_EQ(*allocate(slot.metered, slot.earlier), *uses);
    if (testing::Test::HasFailure()) return;
  }
}

constexpr UnixTime kSlotStart(1'700'000'100'000);
UnixTime after(Millis age) { return kSlotStart + kSlot + age; }
constexpr Millis kDay = 24 * 60_min;

Booked booked_with(const std::optional<Booked>& before, const SlotVersion& version) {
  Booked now = before.value_or(Booked());
  now.version = version.version;
  now.certainty = version.certainty;
  std::vector<EnergyUse> minus = version.differences;
  for (EnergyUse& each : minus) each.energy = -each.energy;
  now.uses = differences(minus, now.uses);
  return now;
}

TEST(Settling, BooksASlotThatIsCertainAtOnceAndOneThatIsNotWhenItIsProvisional) {
  const SlotReadings certain{kSlotStart, {row("a", 10)}, {}, Certainty::Certain};
  SlotReadings doubtful = certain;
  doubtful.certainty = Certainty::Estimated;
  EXPECT_FALSE(*settle(certain, {}, after(Millis(-1)), {}));
  EXPECT_EQ((*settle(certain, {}, after(0_ms), {}))->standing, Standing::Early);
  EXPECT_FALSE(*settle(doubtful, {}, after(kDay - 1_ms), {}));
  const auto late = *settle(doubtful, {}, after(kDay), {});
  ASSERT_TRUE(late);
  EXPECT_EQ(
      *late,
      (SlotVersion{1, Standing::Provisional, Certainty::Estimated, std::nullopt, {use("a", Use::FromSupplier, 10)}}));
}

TEST(Settling, BooksDifferencesAndAfterTheSlotIsFinalACreditNoteThatNamesWhatItCorrects) {
  SlotReadings readings{kSlotStart, {row("a", 100), row("roof", 0, 60)}, {}, Certainty::Certain};
  const auto first = **settle(readings, {}, after(1_min), {});
  auto booked = booked_with({}, first);
  EXPECT_FALSE(*settle(readings, booked, after(2 * kDay), {})) << "nothing has changed";

  readings.metered[1].exported = 50_Wh;
  const auto second = **settle(readings, booked, after(35 * kDay - 1_ms), {});
  EXPECT_EQ(
      second,
      (SlotVersion{2,
                   Standing::Provisional,
                   Certainty::Certain,
                   std::nullopt,
                   {use("a", Use::SharedIn, -10), use("a", Use::FromSupplier, 10), use("roof", Use::SharedOut, -10)}}));
  booked = booked_with(booked, second);

  readings.metered[0].imported = 40_Wh;
  const auto third = **settle(readings, booked, after(35 * kDay), {});
  EXPECT_EQ(third, (SlotVersion{3,
                                Standing::Final,
                                Certainty::Certain,
                                2,
                                {use("a", Use::SharedIn, -10), use("a", Use::FromSupplier, -50),
                                 use("roof", Use::SharedOut, -10), use("roof", Use::ToSupplier, 10)}}));
}

TEST(Settling, AddsUpToTheNewestReadingsWhateverWasCorrectedBefore) {
  const std::uint64_t seed = 7;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::optional<Booked> booked;
    for (int version = 0; version < 8; ++version) {
      const SlotReadings readings{kSlotStart, random_slot(random).metered, {}, Certainty::Certain};
      const auto next = settle(readings, booked, after(version * 6 * kDay), {});
      ASSERT_TRUE(next.ok()) << "seed " << seed;
      if (*next) booked = booked_with(booked, **next);
      ASSERT_EQ(booked->uses, *allocate(readings.metered)) << "seed " << seed << ", round " << round;
    }
  }
}

TEST(Settling, RefusesRulesThatContradictEachOther) {
  EXPECT_TRUE(check(SettlingRules()).ok());
  EXPECT_EQ(check(SettlingRules{2_s, 1_s}).error().message(),
            "energy.final_after_days: is before energy.provisional_after_min");
}

}  // namespace
}  // namespace balans::api::energy::test
