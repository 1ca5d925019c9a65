#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "common/io/config/config.hpp"

namespace balans::config {
namespace {

using ::testing::HasSubstr;

/// What is said of `text` by a program that requires `required` and knows `optional`.
std::string said(std::string_view text, std::initializer_list<const char*> required,
                 std::initializer_list<const char*> optional = {}) {
  auto file = File::parse(text, "f.yaml");
  if (!file.ok()) return file.error().message();
  for (const char* key : required) static_cast<void>(file->root().required(key));
  for (const char* key : optional) static_cast<void>(file->root().optional(key));
  const auto finished = file->finish();
  return finished.ok() ? "fine" : finished.error().message();
}

TEST(StrayKeys, AreFatalAndNamed) {
  EXPECT_EQ(said("colour: red", {}, {"size"}), "f.yaml:1:1 colour: is not a known key; known here: size");
}

TEST(StrayKeys, SuggestTheNearestKeyThatIsNotThere) {
  EXPECT_EQ(said("transfromer: 1", {"transformer"}),
            "f.yaml:1:1 transfromer: is not a known key; did you mean transformer?");
  EXPECT_EQ(said("tick_sm: 1", {}, {"tick_ms", "ttl_s"}),
            "f.yaml:1:1 tick_sm: is not a known key; did you mean tick_ms?");
}

TEST(StrayKeys, SuggestNoKeyThatIsThereAlready) {
  EXPECT_EQ(said("max_a: 1\nmix_a: 1", {"max_a"}), "f.yaml:2:1 mix_a: is not a known key; known here: max_a");
}

TEST(StrayKeys, SayThatOnlyTheUnitIsWrong) {
  EXPECT_EQ(said("rated_va: 75000", {"rated_kva"}),
            "f.yaml:1:1 rated_va: has the wrong unit in its name; expected rated_kva");
  EXPECT_EQ(said("tick_s: 1", {}, {"tick_ms"}), "f.yaml:1:1 tick_s: has the wrong unit in its name; expected tick_ms");
}

TEST(StrayKeys, SayThatTheUnitIsMissing) {
  EXPECT_EQ(said("max: 16", {"max_a"}), "f.yaml:1:1 max: has no unit in its name; expected max_a");
}

TEST(StrayKeys, ReportMissingKeysAtTheirSection) { EXPECT_EQ(said("a: 1", {"a", "b"}), "f.yaml:1:1 b: is missing"); }

TEST(StrayKeys, AreFoundInSectionsAndLists) {
  const auto file = File::parse("broker: {host: h, prot: 1}\nagents:\n  - {id: a}\n  - {idd: b}\n", "f.yaml");
  ASSERT_TRUE(file.ok());
  const Section broker = file->root().section("broker");
  static_cast<void>(broker.required("host"));
  static_cast<void>(broker.required("port"));
  for (const Section& agent : file->root().list("agents", 0, 9)) static_cast<void>(agent.required("id"));
  EXPECT_EQ(file->finish().error().message(),
            "f.yaml:1:19 broker.prot: is not a known key; did you mean port?\n"
            "f.yaml:4:6 agents[1].idd: is not a known key; did you mean id?");
}

TEST(StrayKeys, OfASectionThatIsMissingAreNotReported) {
  const auto file = File::parse("a: 1", "f.yaml");
  ASSERT_TRUE(file.ok());
  static_cast<void>(file->root().required("a"));
  static_cast<void>(file->root().section("transformer").required("rated_kva").kva(1_kVA, 2_kVA));
  EXPECT_EQ(file->finish().error().message(), "f.yaml:1:1 transformer: is missing");
}

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", "abc"), 0U);
  EXPECT_EQ(edit_distance("abc", "acb"), 1U);
  EXPECT_EQ(edit_distance("abcd", "abxd"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace balans::config
