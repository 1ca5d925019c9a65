// What hangs below the transformer of site.yaml.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trafo/shell/site_text.hpp"

namespace balans {
namespace {

using test::SiteText;
using ::testing::HasSubstr;

SiteText with_root(const std::string& root) { return {"static", "", root, ""}; }
SiteText with_agent(const std::string& agent) {
  return {"static", "", "nodes: [{ name: feeder-1, max_a: 160, design_peak_base_a: 90 }]\n", agent};
}

SiteFile loaded(const SiteText& text) {
  auto file = text.load();
  EXPECT_TRUE(file) << file.error().message();
  return file ? *std::move(file) : SiteFile{};
}

TEST(SiteNodes, FormATreeBelowTheTransformer) {
  const SiteFile file = loaded(
      with_root("nodes:\n  - { name: feeder-1, max_a: 160, design_peak_base_a: 90 }\n"
                "  - { name: house-12, parent: feeder-1, max_a: 35, max_kva: 24, max_feed_a: 25, max_neutral_a: 30,\n"
                "      max_unbalance_kva: 2.3, design_peak_base_a: 20 }\n"));
  ASSERT_EQ(file.site.nodes.size(), 3U);
  EXPECT_EQ(file.site.nodes[0].name, "transformer");
  EXPECT_EQ(file.site.nodes[1].parent, 0);
  EXPECT_FALSE(file.site.nodes[1].max_va || file.site.nodes[1].max_feed || file.site.nodes[1].max_unbalance);
  const Node& house = file.site.nodes[2];
  EXPECT_EQ(house.parent, 1);
  EXPECT_EQ(house.max, std::optional(35_A));
  EXPECT_EQ(house.max_va, std::optional(24_kVA));
  EXPECT_EQ(house.max_feed, std::optional(25_A));
  EXPECT_EQ(house.max_neutral, std::optional(30_A));
  EXPECT_EQ(house.max_unbalance, std::optional(2300_VA));
  EXPECT_EQ(house.design_peak_base, PerPhase<Milliamps>::all(20_A));
  EXPECT_FALSE(house.has_floors);
}

TEST(SiteNodes, AConnectionSharesOneFloorAndHasTheUsualUnbalance) {
  const SiteFile file =
      loaded(with_root("nodes:\n  - { name: a, connection: true, design_peak_base_a: 9 }\n"
                       "  - { name: b, connection: true, max_unbalance_kva: 3, design_peak_base_a: 9 }\n"));
  EXPECT_TRUE(file.site.nodes[1].has_floors);
  EXPECT_EQ(file.site.nodes[1].max_unbalance, std::optional(defaults::kUnbalance));
  EXPECT_EQ(file.site.nodes[2].max_unbalance, std::optional(3_kVA));
}

TEST(SiteNodes, SayWhereAndWhatIsWrong) {
  const auto node = [](const std::string& text) { return with_root("nodes: [{ " + text + " }]\n").problem(); };
  EXPECT_EQ(node("name: a"), "site.yaml:12:9 nodes[0].design_peak_base_a: is missing");
  EXPECT_THAT(node("name: Feeder, design_peak_base_a: 1"), HasSubstr("nodes[0].name: 'Feeder' is not a name"));
  EXPECT_THAT(node("name: transformer, design_peak_base_a: 1"), HasSubstr("there is a node 'transformer' already"));
  EXPECT_THAT(node("name: a, parent: transfromer, design_peak_base_a: 1"),
              HasSubstr("'transfromer' is not a node that is known here; did you mean transformer?"));
  EXPECT_THAT(node("name: a, max_a: 0, design_peak_base_a: 1"), HasSubstr("max_a: 0 is outside 1..5000"));
  EXPECT_THAT(node("name: a, max_unbalance_va: 10, design_peak_base_a: 1"), HasSubstr("expected max_unbalance_kva"));
  EXPECT_THAT(node("name: a, connection: perhaps, design_peak_base_a: 1"), HasSubstr("is neither true nor false"));
}

TEST(SiteNodes, ParentsComeFirst) {
  EXPECT_THAT(with_root("nodes:\n  - { name: aaaa, parent: bbbb, design_peak_base_a: 1 }\n"
                        "  - { name: bbbb, design_peak_base_a: 1 }\n")
                  .problem(),
              HasSubstr("site.yaml:13:19 nodes[0].parent: 'bbbb' is not a node that is known here"));
}

TEST(SiteNodes, FailsafesHaveToFitEachOfThem) {
  SiteText text = with_agent("    node: feeder-1\n    failsafe_a: 16\n");
  text.root = "nodes: [{ name: feeder-1, max_a: 50, design_peak_base_a: 40 }]\n";
  EXPECT_THAT(text.problem(), HasSubstr("feeder-1 L1: failsafe of 1 devices 16.0 A + design-peak base load 40.0 A = "
                                        "56.0 A of 50.0 A"));
}

TEST(SiteMeters, TheTransformersComesFirstAndOthersHaveTheirPlace) {
  const SiteFile file = loaded(
      with_root("nodes: [{ name: feeder-1, design_peak_base_a: 9 }]\nmeters:\n"
                "  - { name: spare, device: meters/any, tcp: { host: 10.0.0.5 }, unit: 2 }\n"
                "  - { name: f1, node: feeder-1, device: meters/b, serial: { port: /dev/ttyUSB0 }, poll_ms: 500,\n"
                "      phases: [L2, L3, L1] }\n"));
  ASSERT_EQ(file.site.meters.size(), 3U);
  ASSERT_EQ(file.meters.size(), 3U);
  EXPECT_EQ(file.site.meters[0].name, "transformer");
  EXPECT_EQ(file.site.meters[1].name, "spare");
  EXPECT_EQ(file.site.meters[1].node, 0U) << "stands in for the transformer's";
  EXPECT_EQ(file.site.meters[2].node, 1U);
  EXPECT_EQ(file.meters[2].poll, 500_ms);
  EXPECT_EQ(file.meters[2].phases.front(), Phase::L2);
}

TEST(SiteMeters, SayWhereAndWhatIsWrong) {
  const auto meter = [](const std::string& text) {
    return with_root("meters:\n  - { device: meters/any, " + text + " }\n").problem();
  };
  EXPECT_THAT(meter("tcp: { host: a }"), HasSubstr("site.yaml:13:5 meters[0].name: is missing"));
  EXPECT_THAT(meter("name: transformer, tcp: { host: a }"), HasSubstr("there is a meter 'transformer' already"));
  EXPECT_THAT(meter("name: a, node: nowhere, tcp: { host: a }"), HasSubstr("'nowhere' is not a node"));
  EXPECT_THAT(meter("name: a, tcp: { host: 10.0.0.5 }"),
              HasSubstr("meters[0]: meter 'transformer' has the same host, port and unit"));
  EXPECT_THAT(meter("name: a, tcp: { host: a }, poll_ms: 100"), HasSubstr("poll_ms: 100 is outside 200..10000"));
}

TEST(SiteMeters, OnOneSerialPortSpeakAlike) {
  const auto second = [](const std::string& text) {
    return with_root(
               "meters:\n  - { name: a, device: m, serial: { port: /dev/t, baud: 9600 }, unit: 1 }\n"
               "  - { name: b, device: m, " +
               text + " }\n")
        .problem();
  };
  EXPECT_EQ(second("serial: { port: /dev/t, baud: 9600 }, unit: 2"), "");
  EXPECT_THAT(second("serial: { port: /dev/t, baud: 19200 }, unit: 2"),
              HasSubstr("meters[1]: meter 'a' shares its serial port, with another baud or format"));
  EXPECT_THAT(second("serial: { port: /dev/t }, unit: 1"), HasSubstr("meter 'a' has the same serial port and unit"));
}

TEST(SiteAgents, HaveAPlaceAPriorityAndWhatTheyFeedIn) {
  const SiteFile file = loaded(with_agent(
      "    node: feeder-1\n    priority: 200\n    max_feed_a: 16\n    failsafe_feed_a: 4\n    fallback_feed_a: 3\n"));
  const Enrolment& agent = file.site.agents.at(0);
  EXPECT_EQ(agent.node, 1U);
  EXPECT_EQ(agent.priority, 200);
  EXPECT_EQ(agent.max_feed, 16_A);
  EXPECT_EQ(agent.failsafe_feed, 4_A);
  EXPECT_EQ(agent.fallback_feed, 3_A);
}

TEST(SiteAgents, MayDrawNothingWhereTheyFeedIn) {
  const auto drawing_nothing = [](const std::string& more) {
    std::string yaml = with_agent(more).text();
    yaml.replace(yaml.find("    max_a: 16\n"), 14, "    max_a: 0\n");
    const test::TempFolder folder;
    std::ofstream(folder / "site.yaml") << yaml;
    return load_site(folder / "site.yaml");
  };
  const auto inverter = drawing_nothing("    max_feed_a: 16\n");
  ASSERT_TRUE(inverter) << inverter.error().message();
  EXPECT_EQ(inverter->site.agents.at(0).max, 0_A);
  EXPECT_EQ(inverter->site.agents.at(0).max_feed, 16_A);
  const auto nothing = drawing_nothing("");
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message(), HasSubstr("agents[0].max_a: 0 is outside 1..5000"));
}

TEST(SiteAgents, WithoutThemTheyAreAtTheTransformerAndOnlyDraw) {
  const SiteFile file = loaded(with_agent(""));
  EXPECT_EQ(file.site.agents.at(0).node, 0U);
  EXPECT_EQ(file.site.agents.at(0).priority, 0);
  EXPECT_EQ(file.site.agents.at(0).max_feed, 0_A);
}

TEST(SiteAgents, SayWhereAndWhatIsWrong) {
  const auto agent = [](const std::string& text) { return with_agent("    " + text + "\n").problem(); };
  EXPECT_EQ(agent("priority: 256"), "site.yaml:20:5 agents[0].priority: 256 is outside 0..255");
  EXPECT_THAT(agent("node: feeder-2"),
              HasSubstr("agents[0].node: 'feeder-2' is not a node that is known here; did you mean feeder-1?"));
  EXPECT_THAT(agent("failsafe_feed_a: 1"), HasSubstr("failsafe_feed_a: is above max_feed_a"));
  EXPECT_THAT(agent("fallback_feed_a: 1"), HasSubstr("fallback_feed_a: is above max_feed_a"));
  EXPECT_THAT(agent("max_feed_kw: 1"), HasSubstr("expected max_feed_a"));
}

TEST(SiteAgents, AWatchdogSaysWhatIsFedInAfterIt) {
  SiteText text = with_agent("    max_feed_a: 16\n    device_fallback_a: 0\n");
  std::string yaml = text.text();
  yaml.replace(yaml.find("revert_s: none"), 14, "revert_s: 60");
  const test::TempFolder folder;
  std::ofstream(folder / "site.yaml") << yaml;
  const auto file = load_site(folder / "site.yaml");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message(), HasSubstr("agents[0]: needs fallback_feed_a"));
}

TEST(SiteTimetable, LimitsANodeAtSomeTimes) {
  const SiteFile file = loaded(with_root(
      "nodes: [{ name: feeder-1, design_peak_base_a: 9 }]\nlimits:\n"
      "  - { node: feeder-1, months: [jan], from: \"17:00\", to: \"20:00\", max_a: 50, max_feed_a: 0, max_kva: 23 }\n"
      "  - { node: transformer, max_feed_a: 10 }\n"));
  ASSERT_EQ(file.site.schedule.size(), 2U);
  const TimedLimit& row = file.site.schedule[0];
  EXPECT_EQ(row.node, 1U);
  EXPECT_EQ(row.months, 1);
  EXPECT_EQ(row.from_minute, 17 * 60);
  EXPECT_EQ(row.to_minute, 20 * 60);
  EXPECT_EQ(row.bound.draw, PerPhase<Milliamps>::all(50_A));
  EXPECT_EQ(row.bound.feed, PerPhase<Milliamps>::all(0_A));
  EXPECT_EQ(row.bound.sum, 100_A) << "23 kVA at 230 V";
  EXPECT_EQ(file.site.schedule[1].bound.draw, PerPhase<Milliamps>::all(kUnlimited)) << "says nothing of it";
  EXPECT_EQ(file.site.schedule[1].months, 0xfff);
}

TEST(SiteTimetable, SaysWhereAndWhatIsWrong) {
  const auto row = [](const std::string& text) { return with_root("limits: [{ " + text + " }]\n").problem(); };
  EXPECT_EQ(row("max_a: 5"), "site.yaml:12:10 limits[0].node: is missing");
  EXPECT_THAT(row("node: transformer"), HasSubstr("limits[0]: limits nothing; expected max_a, max_feed_a or max_kva"));
  EXPECT_THAT(row("node: nowhere, max_a: 5"), HasSubstr("limits[0].node: 'nowhere' is not a node"));
  EXPECT_THAT(row("node: transformer, max_a: 5, to: \"25:00\""), HasSubstr("'25:00' is not a time of the day"));
  EXPECT_THAT(row("node: transformer, max_ma: 5"), HasSubstr("expected max_a"));
}

TEST(SiteStatutory, EveryNumberCanBeReplaced) {
  const SiteFile file = loaded(
      with_root("statutory: { base_w: 4000, simultaneity_percent: [9, 8, 7, 6, 5, 4, 3, 2], large_above_w: 10000,\n"
                "  large_share_percent: 30 }\n"));
  const FloorSettings& floors = file.site.floors;
  EXPECT_EQ(floors.base, 4000_W);
  EXPECT_EQ(floors.simultaneity_percent.front(), 9);
  EXPECT_EQ(floors.simultaneity_percent.back(), 2);
  EXPECT_EQ(floors.large_above, 10'000_W);
  EXPECT_EQ(floors.large_share_percent, 30);
}

TEST(SiteStatutory, SaysWhereAndWhatIsWrong) {
  EXPECT_THAT(with_root("statutory: { simultaneity_percent: [80, 75] }\n").problem(),
              HasSubstr("statutory.simultaneity_percent: expected a list of 8 entries"));
  EXPECT_THAT(with_root("statutory: { simultaneity_percent: [80, 75, 70, 65, 60, 55, 50, 101] }\n").problem(),
              HasSubstr("simultaneity_percent[7]: 101 is outside 0..100"));
  EXPECT_THAT(with_root("statutory: { base_kw: 4 }\n").problem(), HasSubstr("expected base_w"));
  EXPECT_THAT(with_root("statutory: { large_share_percent: -1 }\n").problem(), HasSubstr("-1 is outside 0..100"));
}

}  // namespace
}  // namespace balans
