// tests/scenarios/sequences.json, case by case. BALANS_SEQUENCE names a single one, and prints it second by second.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "tests/trafo/core/sequence.hpp"

namespace balans {
namespace {

std::string file_text() {
  std::ifstream file("tests/scenarios/sequences.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void print(const Sequence& sequence, const Trace& trace) {
  for (std::size_t s = 0; s < trace.seconds.size(); ++s) {
    const Second& second = trace.seconds[s];
    std::cout << s << " s:";
    for (std::size_t v = 0; v < second.flow.size(); ++v) {
      std::cout << " " << sequence.street.site.nodes[v].name;
      for (Phase p : kPhases) std::cout << " " << second.flow[v][p].count();
      std::cout << " (booked " << second.booked[v].largest().count() << ")";
    }
    std::cout << ", setpoints";
    for (std::size_t i = 0; i < second.setpoint.size(); ++i)
      std::cout << " " << second.setpoint[i].count() << " " << name_of(second.reason[i]);
    std::cout << ", meters";
    for (const MeterQuality quality : second.quality) std::cout << " " << name_of(quality);
    std::cout << "\n";
  }
}

TEST(Sequences, EachEndsAsTheFileSays) {
  const auto sequences = read_sequences(file_text());
  ASSERT_TRUE(sequences) << sequences.error().message();
  ASSERT_GE(sequences->size(), 10U);
  const char* only = std::getenv("BALANS_SEQUENCE");
  for (const Sequence& sequence : *sequences) {
    if (only != nullptr && sequence.name != only) continue;
    const Trace trace = play(sequence);
    if (only != nullptr) print(sequence, trace);
    EXPECT_EQ(judge(sequence, trace), "") << sequence.name << ": " << sequence.why;
  }
}

TEST(Sequences, NoTwoHaveTheSameName) {
  const auto sequences = read_sequences(file_text());
  ASSERT_TRUE(sequences) << sequences.error().message();
  std::set<std::string> names;
  for (const Sequence& sequence : *sequences) EXPECT_TRUE(names.insert(sequence.name).second) << sequence.name;
}

TEST(Sequences, TheSameSequenceEndsTheSameWay) {
  const auto sequences = read_sequences(file_text());
  ASSERT_TRUE(sequences) << sequences.error().message();
  const Trace first = play(sequences->front()), second = play(sequences->front());
  ASSERT_EQ(first.seconds.size(), second.seconds.size());
  for (std::size_t s = 0; s < first.seconds.size(); ++s)
    EXPECT_EQ(first.seconds[s].setpoint, second.seconds[s].setpoint) << s;
}

std::string refusal(const std::string& text) {
  const auto sequences = read_sequences(text);
  return sequences ? "" : sequences.error().message();
}

TEST(Sequences, AFileWithAnUnknownKeyIsRefused) {
  const std::string begin = R"({"sequences": [{"name": "a", "why": "b", "seconds": 9, "nodes": [], "devices": [])";
  EXPECT_EQ(refusal(begin + R"(, "expect": []}]})"), "");
  EXPECT_EQ(refusal(begin + R"(, "expect": [], "expects": 1}]})").substr(0, 16), "sequence.expects");
  EXPECT_EQ(refusal(begin + R"(, "expect": [{"node": "main"}]}]})"),
            "a.expect.node: no node before this is called 'main'");
}

TEST(Sequences, AnEnrolmentThatDoesNotAddUpIsRefused) {
  const std::string text = refusal(R"({"sequences": [{"name": "a", "why": "b", "seconds": 9,
      "nodes": [{"name": "main", "limit_ma": 10000, "base_ma": [8000, 8000, 8000]}],
      "devices": [{"name": "car", "max_ma": 16000, "failsafe_ma": 6000}], "expect": []}]})");
  EXPECT_EQ(text.substr(0, 2), "a:");
}

}  // namespace
}  // namespace balans
