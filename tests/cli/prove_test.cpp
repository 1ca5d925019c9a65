#include "common/io/device_file/proof.hpp"

#include <gmock/gmock.h>

#include "tests/cli/devices.hpp"

namespace balans::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Check : public testing::Test {
 protected:
  std::vector<std::string> errors_of(const std::string& text) {
    std::ofstream(folder_ / "one.yaml") << text;
    std::vector<std::string> messages;
    for (const Error& error : check_file(folder_ / "one.yaml")) messages.push_back(error.message());
    return messages;
  }
  test::TempFolder folder_;
};

TEST_F(Check, AGoodFileIsFine) { EXPECT_THAT(errors_of(kCharger), IsEmpty()); }

TEST_F(Check, AnUnknownKeyIsNamedWithItsLine) {
  EXPECT_THAT(errors_of(with(kCharger, "  unit: 7\n", "  unit: 7\n  colour: red\n")),
              ElementsAre(HasSubstr("one.yaml:10:3 device.colour")));
}

TEST_F(Check, AVectorThatDoesNotHoldIsNamedWithItsLineAndWhatCameInstead) {
  const auto errors = errors_of(with(kCharger, "current_l1: 16 }", "current_l1: 17 }"));
  EXPECT_THAT(errors, ElementsAre(testing::AllOf(HasSubstr("one.yaml:27: vector 'sixteen'"),
                                                 HasSubstr("current_l1: 16 A instead of 17 A"))));
}

TEST_F(Check, AWriteOtherThanExpectedIsShown) {
  EXPECT_THAT(
      errors_of(with(kCharger, "words: [133]", "words: [134]")),
      ElementsAre(testing::AllOf(HasSubstr("one.yaml:30"), HasSubstr("writes {fc 6, register 20, words 133}"))));
}

TEST_F(Check, WhatNoVectorShowsIsNamed) {
  const std::string pause = kCharger.substr(kCharger.find("  - name: a pause"));
  EXPECT_THAT(errors_of(with(kCharger, pause, "")), ElementsAre(HasSubstr("no vector for a pause")));
  EXPECT_THAT(errors_of(with(kCharger, "voltage_l1: 230, current_l1", "current_l1")),
              ElementsAre(HasSubstr("voltage_l1 is not expected in the first vector")));
}

TEST_F(Check, AFileThatIsNotThereIsAnError) { EXPECT_THAT(check_file(folder_ / "none.yaml"), SizeIs(1)); }

TEST_F(Check, ShippedFilesOfEachKindAreFine) {
  for (const char* name : {"meters/eastron_sdm630", "chargers/abb_terra_ac", "inverters/sunspec_pv",
                           "batteries/victron_gx", "heat/mypv_ac_thor"})
    for (const Error& error : check_file(std::string("config/devices/") + name + ".yaml"))
      ADD_FAILURE() << error.message();
}

}  // namespace
}  // namespace balans::cli
