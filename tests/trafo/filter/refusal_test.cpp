// What is wrong with a line, and where: a JSON pointer (RFC 6901).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trafo/filter/problems.hpp"

namespace balans::filter::test {
namespace {

struct Fault {
  std::string line;
  std::string pointer;
  std::string what;  ///< a part of it
};

void expect_refused(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    const Answer answer = Filter(Memory::Carried).answer(fault.line);
    ASSERT_FALSE(answer.good) << fault.line.substr(0, 300);
    const auto error = parsed(answer.line).at("error");
    EXPECT_EQ(std::string(error.at("pointer").as_string()), fault.pointer) << answer.line;
    EXPECT_THAT(std::string(error.at("what").as_string()), ::testing::HasSubstr(fault.what)) << answer.line;
  }
}

std::string street(std::string_view from, std::string_view to) { return with(kStreet, from, to); }
/// The second device with one more member, or several.
std::string device(const std::string& members) {
  return street(R"("node":"sub",)", R"("node":"sub",)" + members + ",");
}
std::string root(const std::string& members) { return street(R"("now_ms")", members + R"(,"now_ms")"); }
std::string limit(const std::string& limit) { return root(R"("limits":[)" + limit + "]"); }
std::string turns(const std::string& turns) { return root(R"("memory":{"turns":[)" + turns + "]}"); }

TEST(Refusal, IsOneLineWithTheIdThePointerAndWhatIsWrong) {
  EXPECT_EQ(Filter(Memory::Carried).answer(street("\"min_ma\":6000", "\"min_ma\":-5")).line,
            R"({"id":"t1","error":{"pointer":"/devices/0/min_ma","what":"-5 is outside 0..10000000"}})");
}

TEST(Refusal, OfWhatIsNotJson) {
  expect_refused({
      {"nonsense", "", "not JSON at byte 0"},
      {kStreet.substr(0, 50), "", "not JSON at byte 50"},
      {kStreet + "{}", "", "not JSON at byte"},
      {street("car-2", "car-\xff"), "", "not JSON at byte"},
      {street("car-2", "car-\xc3"), "", "not JSON at byte"},
      {street("1000", "NaN"), "", "not JSON at byte"},
      {std::string(20, '[') + std::string(20, ']'), "", "not JSON at byte 16"},
      {street(R"("now_ms":1000)", R"("now_ms":1000,"now_ms":1000)"), "", "duplicate key 'now_ms'"},
      {street(R"("min_ma":6000)", R"("min_ma":6000,"m\u0069n_ma":7000)"), "", "duplicate key 'min_ma'"},
      {"[]", "", "expected an object, got an array"},
      {"7", "", "expected an object, got an integer"},
  });
}

TEST(Refusal, OfMembersThatAreMissingUnknownOrOfAnotherType) {
  expect_refused({
      {street(R"("now_ms":1000,)", ""), "/now_ms", "missing"},
      {street("1000", "1000.0"), "/now_ms", "expected an integer, got a number with fraction"},
      {street("1000", "1e3"), "/now_ms", "expected an integer"},
      {street("1000", "\"1000\""), "/now_ms", "expected an integer, got a string"},
      {street("1000", "-1"), "/now_ms", "-1 is outside 0..253402300799000"},
      {street("1000", "18446744073709551615"), "/now_ms", "is outside"},
      {street("\"t1\"", "1"), "/id", "expected a string"},
      {street("t1", std::string(201, 'x')), "/id", "longer than 200 bytes"},
      {root(R"("nodez":1)"), "/nodez", "unknown key"},
      {root(R"("a/b~c":1)"), "/a~1b~0c", "unknown key"},
      {root(R"("":1)"), "/", "unknown key"},
      {device(R"("cap_a":16)"), "/devices/1/cap_a", "unknown key"},
      {street(R"("headroom_ma":[20000,20000,20000])", R"("headroom":1)"), "/nodes/0/headroom_ma", "missing"},
      {R"({"now_ms":0,"nodes":{},"devices":[]})", "/nodes", "expected an array, got an object"},
      {R"({"now_ms":0,"nodes":[7],"devices":[]})", "/nodes/0", "expected an object, got an integer"},
      {R"({"now_ms":0,"nodes":[]})", "/devices", "missing"},
  });
}

TEST(Refusal, OfNodesThatAreNoTree) {
  std::string deep = R"({"now_ms":0,"devices":[],"nodes":[{"name":"n0","headroom_ma":null})";
  for (int i = 1; i <= 64; ++i)
    deep +=
        R"(,{"name":"n)" + std::to_string(i) + R"(","headroom_ma":null,"parent":"n)" + std::to_string(i - 1) + "\"}";
  expect_refused({
      {street(R"("parent":"main")", R"("parent":"sub")"), "/nodes/1/parent", "'sub' is its own parent"},
      {street(R"("name":"main")", R"("name":"main","parent":"sub")"), "/nodes/0/parent",
       "no node before this one is called 'sub'"},
      {street(R"("parent":"main")", R"("parent":"nowhere")"), "/nodes/1/parent", "no node before"},
      {street(R"("parent":"main")", R"("parent":"")"), "/nodes/1/parent", "empty"},
      {street(R"("name":"sub")", R"("name":"main")"), "/nodes/1/name", "/nodes/0 is called 'main' too"},
      {deep + "]}", "/nodes/64/parent", "more than 64 levels"},
      {street("[16000,16000,16000]", "[16000,16000]"), "/nodes/1/headroom_ma", "expected three integers"},
      {street("[16000,16000,16000]", "[1,2,3,4]"), "/nodes/1/headroom_ma", "more than 3 elements"},
      {street("[16000,16000,16000]", "[16000,1.5,16000]"), "/nodes/1/headroom_ma/1", "expected an integer"},
      {street("[16000,16000,16000]", "[1,2,100000000001]"), "/nodes/1/headroom_ma/2", "is outside"},
  });
}

TEST(Refusal, OfDevicesThatCannotBe) {
  expect_refused({
      {street(R"("node":"sub")", R"("node":"attic")"), "/devices/1/node", "no node is called 'attic'"},
      {street("car-2", "car-1"), "/devices/1/name", "/devices/0 is called 'car-1' too"},
      {street("car-2", ""), "/devices/1/name", "empty"},
      {street(R"(["L2"])", "[]"), "/devices/1/phases", "at least one"},
      {street(R"(["L2"])", R"(["L4"])"), "/devices/1/phases", "expected some of"},
      {street(R"(["L2"])", R"(["L2","L2"])"), "/devices/1/phases", "each once"},
      {device(R"("fewer":["L2"])"), "/devices/1/fewer", "fewer of the device's phases"},
      {device(R"("fewer":["L1"])"), "/devices/1/fewer", "fewer of the device's phases"},
      {device(R"("step_ma":0)"), "/devices/1/step_ma", "0 is outside 1.."},
      {device(R"("step_ma":5,"levels_ma":[6000])"), "/devices/1/step_ma", "does not go with levels_ma"},
      {device(R"("levels_ma":[])"), "/devices/1/levels_ma", "at least one"},
      {device(R"("levels_ma":[6000,6000])"), "/devices/1/levels_ma/1", "6000 is outside 6001.."},
      {device(R"("weight":0)"), "/devices/1/weight", "0 is outside 1..1048576"},
      {device(R"("priority":256)"), "/devices/1/priority", "256 is outside 0..255"},
      {device(R"("floor_ma":10000001)"), "/devices/1/floor_ma", "is outside"},
      {device(R"("idle":1)"), "/devices/1/idle", "expected true or false"},
      {device(R"("need_ma":1)"), "/devices/1/time_left_ms", "missing"},
      {device(R"("energy_needed_wh":1)"), "/devices/1/time_left_ms", "missing"},
      {device(R"("time_left_ms":1)"), "/devices/1/time_left_ms", "needs energy_needed_wh or need_ma"},
      {device(R"("time_left_ms":1,"need_ma":1,"energy_needed_wh":1)"), "/devices/1/need_ma", "does not go with"},
      {device(R"("volunteers_for_units_per_kwh":-1)"), "/devices/1/volunteers_for_units_per_kwh", "is outside"},
  });
}

TEST(Refusal, OfLimitsThatCannotBe) {
  expect_refused({
      {limit(R"({"node":"x","max_ma":1,"source":"dso"})"), "/limits/0/node", "no node is called 'x'"},
      {limit(R"({"node":"sub","max_ma":-1,"source":"dso"})"), "/limits/0/max_ma", "-1 is outside"},
      {limit(R"({"node":"sub","max_ma":1,"source":"me"})"), "/limits/0/source", "one of operator, schedule, dso"},
      {limit(R"({"node":"sub","max_ma":1,"source":"dso","rows":["N"]})"), "/limits/0/rows", "expected some of"},
      {limit(R"({"node":"sub","max_ma":1,"source":"dso","rows":[]})"), "/limits/0/rows", "at least one"},
      {limit(R"({"node":"sub","max_ma":1,"source":"dso","until_ms":0.5})"), "/limits/0/until_ms", "an integer"},
  });
}

TEST(Refusal, OfMemoryThatCannotBe) {
  expect_refused({
      {root(R"("memory":[])"), "/memory", "expected an object"},
      {root(R"("memory":{})"), "/memory/turns", "missing"},
      {root(R"("memory":{"turns":[],"more":1})"), "/memory/more", "unknown key"},
      {turns(R"({"device":"car-1","since_ms":0})"), "/memory/turns/0/on", "missing"},
      {turns(R"({"device":"car-1","on":true,"since_ms":1001})"), "/memory/turns/0/since_ms", "after now_ms"},
      {turns(R"({"device":"car-1","on":true,"since_ms":0,"switched_ms":1001})"), "/memory/turns/0/switched_ms",
       "after now_ms"},
      {turns(R"({"device":"a","on":true,"since_ms":0},{"device":"a","on":true,"since_ms":0})"),
       "/memory/turns/1/device", "given twice"},
  });
}

}  // namespace
}  // namespace balans::filter::test
