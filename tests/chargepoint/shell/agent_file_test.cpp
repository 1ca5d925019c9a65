#include "chargepoint/shell/agent_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

std::string problem_after(const std::string& from, const std::string& to) {
  std::ifstream example("config/agent.yaml");
  std::stringstream stream;
  stream << example.rdbuf();
  std::string text = stream.str();
  const auto replace = [&text](const std::string& old, const std::string& with) {
    const std::size_t at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    text.replace(at, old.size(), with);
  };
  replace("devices_dir: ../config/devices", "devices_dir: " + std::filesystem::absolute("config/devices").string());
  replace(from, to);
  const test::TempFolder folder;
  const auto path = folder.path() / "agent.yaml";
  std::ofstream(path) << text;
  const auto loaded = load_agent(path);
  return loaded ? "" : loaded.error().message();
}

TEST(AgentFile, TheExampleLoadsWithItsDevice) {
  const auto file = load_agent("config/agent.yaml");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->settings.id.str(), "charger-1");
  EXPECT_EQ(file->settings.min, 6_A);
  EXPECT_EQ(file->settings.step, 100_mA);
  EXPECT_EQ(file->device.vendor, "Alfen");
  EXPECT_TRUE(file->settings.refresh) << "the device's own file says how often it wants to hear from us";
}

TEST(AgentFile, SaysWhatIsWrong) {
  EXPECT_NE(problem_after("max_a: 16", "max_a: 5").find("max_a: is below min_a"), std::string::npos);
  EXPECT_NE(problem_after("failsafe_a: 6", "failsafe_a: 3").find("expected 0 or a value between"), std::string::npos);
  EXPECT_NE(problem_after("max_a: 16", "max_ma: 16000").find("max_a"), std::string::npos);
  EXPECT_NE(problem_after("chargers/alfen_eve", "chargers/alfen_eva").find("alfen_eva"), std::string::npos);
  EXPECT_NE(problem_after("chargers/alfen_eve", "meters/eastron_sdm630").find("nothing to limit"), std::string::npos);
  EXPECT_NE(problem_after("weight: 1", "wieght: 1").find("did you mean"), std::string::npos);
}

}  // namespace
}  // namespace balans
