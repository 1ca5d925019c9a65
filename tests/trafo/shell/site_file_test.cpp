#include "trafo/shell/site_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

std::string example() {
  std::ifstream file("config/site.yaml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What loading the example says after one change to it.
std::string problem_after(const std::string& from, const std::string& to) {
  std::string text = example();
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const test::TempFolder folder;
  const auto path = folder.path() / "site.yaml";
  std::ofstream(path) << text;
  const auto loaded = load_site(path);
  if (loaded) return "";
  const std::string message = loaded.error().message();
  return message.substr(message.find("site.yaml"));
}

TEST(SiteFile, TheExampleLoads) {
  const auto file = load_site("config/site.yaml");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->site.id.str(), "elm-street");
  EXPECT_EQ(file->site.rated, 250_kVA);
  ASSERT_EQ(file->site.agents.size(), 3U);
  EXPECT_EQ(file->site.agents[0].revert, std::optional<Millis>(60_s));
  EXPECT_EQ(file->site.agents[1].max_feed, 16_A);
  EXPECT_FALSE(file->site.agents[2].revert) << "`none` is none, not 0";
  EXPECT_EQ(file->site.agents[2].settle, defaults::kSettle);
  EXPECT_EQ(file->site.nodes.size(), 3U);
  EXPECT_EQ(file->site.meters.size(), 2U);
  EXPECT_TRUE(file->site.rating);
  EXPECT_EQ(file->site.schedule.size(), 1U);
  EXPECT_TRUE(file->limits_file);
}

TEST(SiteFile, TheExampleShowsTheDefaultsOfTheStatute) {
  const auto file = load_site("config/site.yaml");
  ASSERT_TRUE(file) << file.error().message();
  const FloorSettings defaults;
  EXPECT_EQ(file->site.floors.base, defaults.base);
  EXPECT_EQ(file->site.floors.simultaneity_percent, defaults.simultaneity_percent);
  EXPECT_EQ(file->site.floors.large_above, defaults.large_above);
  EXPECT_EQ(file->site.floors.large_share_percent, defaults.large_share_percent);
}

TEST(SiteFile, TheSmallExampleLoads) {
  const auto file = load_site("config/examples/site-small.yaml");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->site.nodes.size(), 1U);
  EXPECT_EQ(file->site.meters.size(), 1U);
  EXPECT_FALSE(file->site.rating || file->limits_file || file->thermometer);
}

TEST(SiteFile, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(problem_after("rated_kva: 250", "rated_kva: 0"),
            "site.yaml:21:3 transformer.rated_kva: 0 is outside 1..5000");
  EXPECT_NE(problem_after("rated_kva: 250", "rated_kav: 250").find("did you mean"), std::string::npos);
  EXPECT_NE(problem_after("rated_kva: 250", "rated_va: 250000").find("rated_kva"), std::string::npos);
  EXPECT_NE(problem_after("  rating: static", "  rating: dynamicc").find("static"), std::string::npos);
  EXPECT_NE(problem_after("ttl_s: 30", "ttl_s: 61").find("61 is outside 1..60"), std::string::npos);
  EXPECT_NE(problem_after("id: boiler-1", "id: charger-1").find("enrolled twice"), std::string::npos);
  EXPECT_NE(problem_after("kind: boiler\n", "kind: toaster\n").find("'toaster' is not a device kind"),
            std::string::npos);
  EXPECT_NE(problem_after("tcp: { host: 192.168.10.5, port: 502 }", "").find("either tcp or serial"),
            std::string::npos);
}

TEST(SiteFile, FailsafesThatDoNotAddUpAreRefusedWithTheSum) {
  const std::string problem = problem_after("design_peak_base_a: 160", "design_peak_base_a: 360");
  EXPECT_NE(problem.find("L1: failsafe of 1 devices 6.0 A + design-peak base load 360.0 A = 366.0 A of 362.3 A"),
            std::string::npos)
      << problem;
}

TEST(SiteFile, AMissingFileIsNamed) {
  const auto file = load_site("config/nowhere.yaml");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message().find("config/nowhere.yaml"), std::string::npos);
}

}  // namespace
}  // namespace balans
