// What a line is answered with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trafo/filter/problems.hpp"

namespace balans::filter::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string answer(const std::string& line, Memory memory = Memory::None) { return Filter(memory).answer(line).line; }

std::string reason_of(const std::string& line, std::size_t device) {
  return std::string(parsed(answer(line)).at("limits").at(device).at("reason").as_string());
}

TEST(Filter, AnswersWithLimitReasonAndBindingRow) {
  EXPECT_EQ(answer(kStreet),
            R"({"id":"t1","limits":[{"device":"car-1","phases":["L1","L2","L3"],"limit_ma":[10000,10000,10000],)"
            R"("reason":"capacity","binding":{"node":"main","row":"L2"}},{"device":"car-2","phases":["L2"],)"
            R"("limit_ma":[0,10000,0],"reason":"capacity","binding":{"node":"main","row":"L2"}}]})");
}

TEST(Filter, GivesNoIdWhereNoneWasGiven) {
  EXPECT_THAT(answer(with(kStreet, R"("id":"t1",)", "")), Not(HasSubstr("\"id\"")));
}

TEST(Filter, AnswersAnEmptyProblem) {
  EXPECT_EQ(answer(R"({"now_ms":0,"nodes":[],"devices":[]})"), R"({"limits":[]})");
}

TEST(Filter, GivesTheSameAsTheAllocatorItself) {
  const std::vector<GridNode> nodes = {{.headroom = PerPhase<Milliamps>::all(20_A)},
                                       {.parent = 0, .headroom = PerPhase<Milliamps>::all(16_A)}};
  std::vector<Candidate> devices(2);
  devices[0].phases = PhaseSet::all();
  devices[1].node = 1;
  devices[1].phases = {Phase::L2};
  for (Candidate& device : devices) {
    device.min = 6_A;
    device.cap = 16_A;
    device.turn.since = BootTime(1000);
  }
  const std::vector<Grant> grants = allocate(nodes, devices, BootTime(1000));
  const std::string answered = answer(kStreet);
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const auto limits = devices[i].phases.spread(grants[i].current);
    EXPECT_EQ(limit_of(answered, i), "[" + std::to_string(limits[Phase::L1].count()) + "," +
                                         std::to_string(limits[Phase::L2].count()) + "," +
                                         std::to_string(limits[Phase::L3].count()) + "]");
  }
}

TEST(Filter, CountsNullAsAbsent) {
  const std::string nulls = with(with(kStreet, R"("min_ma":6000)", R"("min_ma":6000,"step_ma":null,"fewer":null)"),
                                 R"("name":"main")", R"("name":"main","parent":null,"sum_ma":null)");
  EXPECT_EQ(answer(nulls), answer(kStreet));
}

TEST(Filter, TakesNullForNoHeadroomOfItsOwn) {
  const std::string line = with(kStreet, "[20000,20000,20000]", "null");
  EXPECT_EQ(limit_of(answer(line), 0), "[16000,16000,16000]");
  EXPECT_EQ(reason_of(line, 0), "unlimited");
}

TEST(Filter, KeepsTheSumOfThePhases) {
  const std::string line = with(kStreet, R"("headroom_ma")", R"("sum_ma":30000,"headroom_ma")");
  EXPECT_THAT(answer(line), HasSubstr(R"("binding":{"node":"main","row":"sum"})"));
}

TEST(Filter, TurnsEnergyAndTimeIntoWhatTheDeadlineNeeds) {
  const Milliamps need = deadline_current(5000_Wh, 120_min, 3);
  const auto device_with = [&](const std::string& members) {
    return answer(with(kStreet, R"("min_ma":6000)", R"("min_ma":6000,"time_left_ms":7200000,)" + members));
  };
  EXPECT_EQ(device_with(R"("energy_needed_wh":5000)"), device_with(R"("need_ma":)" + std::to_string(need.count())));
}

std::string limited(const std::string& limits) {
  return with(kStreet, R"("nodes")", R"("limits":[)" + limits + R"(],"nodes")");
}

TEST(OutsideLimit, CountsWhereItIsSmallerAndIsNamedAsTheReason) {
  const std::string line = limited(R"({"node":"main","max_ma":14000,"source":"dso"})");
  EXPECT_EQ(limit_of(answer(line), 1), "[0,7000,0]");
  EXPECT_EQ(reason_of(line, 1), "dso");
  EXPECT_THAT(answer(line), HasSubstr(R"("binding":{"node":"main","row":"L2","source":"dso"})"));
}

TEST(OutsideLimit, IsSilentWhereTheHeadroomIsSmallerOrTheSame) {
  EXPECT_EQ(answer(limited(R"({"node":"main","max_ma":20000,"source":"dso"})")), answer(kStreet));
}

TEST(OutsideLimit, LeavesOtherRowsAlone) {
  const std::string line = limited(R"({"node":"main","rows":["L3","sum"],"max_ma":8000,"source":"operator"})");
  EXPECT_EQ(reason_of(line, 0), "operator");
  EXPECT_EQ(reason_of(limited(R"({"node":"main","rows":["L1"],"max_ma":8000,"source":"operator"})"), 1), "capacity");
}

TEST(OutsideLimit, OfSeveralTheSmallestCounts) {
  const std::string schedule = R"({"node":"main","max_ma":15000,"source":"schedule"})";
  const std::string dso = R"({"node":"main","max_ma":14000,"source":"dso"})";
  EXPECT_EQ(reason_of(limited(schedule + "," + dso), 1), "dso");
  EXPECT_EQ(answer(limited(schedule + "," + dso)), answer(limited(dso + "," + schedule)));
}

TEST(OutsideLimit, IsPassedOverOnceItHasEnded) {
  const std::string until = R"({"node":"main","max_ma":14000,"source":"dso","until_ms":)";
  EXPECT_EQ(answer(limited(until + "1000}")), answer(kStreet));
  EXPECT_EQ(reason_of(limited(until + "1001}"), 1), "dso");
}

TEST(OutsideLimit, HoldsForStatutoryFloorsToo) {
  const std::string soft =
      with(with(kStreet, R"("headroom_ma")", R"("for_floors_ma":[40000,40000,40000],"headroom_ma")"),
           R"("min_ma":6000)", R"("min_ma":6000,"floor_ma":16000)");
  const std::string line =
      with(soft, R"("devices")", R"("limits":[{"node":"main","max_ma":7000,"source":"dso"}],"devices")");
  EXPECT_GT(parsed(answer(soft)).at("limits").at(0).at("limit_ma").at(0).as_int64(), 7000);
  EXPECT_LE(parsed(answer(line)).at("limits").at(0).at("limit_ma").at(0).as_int64(), 7000);
}

TEST(Memory, CarriedIsTheSameAsPassedOn) {
  Filter carrying(Memory::Carried);
  std::string memory = "null";
  for (std::int64_t now = 0; now < 7'200'000; now += 300'000) {
    const std::string carried = carrying.answer(crowd(now)).line;
    const std::string passed_on = Filter(Memory::Carried).answer(crowd(now, ",\"memory\":" + memory)).line;
    ASSERT_EQ(carried, passed_on) << "at " << now;
    memory = memory_of(carried);
  }
}

TEST(Memory, LetsThoseThatWaitHaveTheirTurn) {
  Filter filter(Memory::Carried);
  EXPECT_EQ(limit_of(filter.answer(crowd(0)).line, 3), "[0,0,0]");
  EXPECT_NE(limit_of(filter.answer(crowd(900'000)).line, 3), "[0,0,0]");
}

TEST(Memory, IsReplacedByWhatALineBrings) {
  Filter filter(Memory::Carried);
  filter.answer(crowd(0));
  const std::string given = R"(,"memory":{"turns":[{"device":"d","on":true,"since_ms":1000}]})";
  EXPECT_EQ(filter.answer(crowd(1000, given)).line, Filter(Memory::Carried).answer(crowd(1000, given)).line);
}

TEST(Memory, IsClearedByNull) {
  Filter filter(Memory::Carried);
  filter.answer(crowd(900'000));
  EXPECT_EQ(filter.answer(crowd(0, ",\"memory\":null")).line, Filter(Memory::Carried).answer(crowd(0)).line);
}

TEST(Memory, StaysThatOfTheLastGoodLineAfterAnError) {
  Filter disturbed(Memory::Carried);
  Filter calm(Memory::Carried);
  EXPECT_EQ(disturbed.answer(crowd(0)).line, calm.answer(crowd(0)).line);
  EXPECT_FALSE(disturbed.answer("nonsense").good);
  EXPECT_FALSE(disturbed.answer(crowd(100, R"(,"memory":null,"surplus":1)")).good);
  EXPECT_EQ(disturbed.answer(crowd(900'000)).line, calm.answer(crowd(900'000)).line);
}

TEST(Memory, DoesNotGoBackInTime) {
  Filter filter(Memory::Carried);
  filter.answer(crowd(2000));
  EXPECT_THAT(filter.answer(crowd(1999)).line, AllOf(HasSubstr(R"("pointer":"/now_ms")"), HasSubstr("before 2000")));
  EXPECT_TRUE(filter.answer(crowd(2000)).good);
}

TEST(Memory, ForgetsDevicesThatWereNotInTheLastLine) {
  Filter filter(Memory::Carried);
  filter.answer(crowd(0));
  filter.answer(R"({"now_ms":1000,"nodes":[],"devices":[]})");
  EXPECT_EQ(filter.answer(crowd(2000)).line, Filter(Memory::Carried).answer(crowd(2000)).line);
}

TEST(Memory, PassesOverTurnsOfDevicesThatAreNotThere) {
  const std::string gone = R"(,"memory":{"turns":[{"device":"gone","on":true,"since_ms":0}]})";
  EXPECT_EQ(Filter(Memory::Carried).answer(crowd(0, gone)).line, Filter(Memory::Carried).answer(crowd(0)).line);
}

TEST(Memory, OfADeviceThatCannotSwitchPhasesAnyMoreIsOfAllOfThem) {
  const std::string turn = R"(,"memory":{"turns":[{"device":"a","on":true,"since_ms":0,"on_fewer":true}]})";
  const std::string answered = Filter(Memory::Carried).answer(crowd(1000, turn)).line;
  EXPECT_EQ(boost::json::serialize(parsed(answered).at("limits").at(0).at("phases")), R"(["L1","L2","L3"])");
}

TEST(Stateless, NeitherReadsNorGivesMemory) {
  Filter filter(Memory::None);
  const std::string first = filter.answer(crowd(900'000)).line;
  EXPECT_THAT(first, Not(HasSubstr("memory")));
  EXPECT_EQ(filter.answer(crowd(900'000)).line, first);
  EXPECT_EQ(filter.answer(crowd(900'000, R"(,"memory":{"turns":"whatever"})")).line, first);
  EXPECT_TRUE(filter.answer(crowd(0)).good);
}

TEST(Filter, GivesTheSameBytesForTheSameLines) {
  for (const std::string& line : examples()) EXPECT_EQ(answer(line, Memory::Carried), answer(line, Memory::Carried));
}

TEST(Filter, TakesAHundredThousandDevices) {
  std::string line = R"({"now_ms":0,"nodes":[{"name":"main","headroom_ma":[90000000,90000000,90000000]}],"devices":[)";
  constexpr std::int64_t kMany = 100'000;
  for (std::int64_t i = 0; i < kMany; ++i)
    line += (i == 0 ? R"({"name":"d)" : R"(,{"name":"d)") + std::to_string(i) +
            R"(","node":"main","phases":["L1"],"min_ma":6000,"cap_ma":16000})";
  const std::string most = line + "]}";
  std::int64_t sum = 0;
  const boost::json::value answered = parsed(answer(most));
  for (const auto& limit : answered.at("limits").as_array()) sum += limit.at("limit_ma").at(0).as_int64();
  EXPECT_LE(sum, 90'000'000);
  EXPECT_GT(sum, 89'000'000);
  const std::string more = line + R"(,{"name":"x","node":"main","phases":["L1"],"min_ma":6000,"cap_ma":16000}]})";
  EXPECT_EQ(answer(more), R"({"error":{"pointer":"/devices","what":"more than 100000 elements"}})");
}

}  // namespace
}  // namespace balans::filter::test
