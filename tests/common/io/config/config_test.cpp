#include "common/io/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace balans::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

File parse(std::string_view text) {
  auto file = File::parse(text, "conf/site.yaml");
  EXPECT_TRUE(file.ok()) << file.error().message();
  return std::move(*file);
}

std::string refusal(std::string_view text) {
  const auto file = File::parse(text, "site.yaml");
  return file.ok() ? "accepted" : file.error().message();
}

std::string message(const File& file) {
  const auto finished = file.finish();
  return finished.ok() ? "fine" : finished.error().message();
}

enum class Rating { Static, Dynamic };

TEST(Config, ListsOfNumbersSayWhichEntryIsWrong) {
  const File good = parse("percent: [80, 75]\nhours_c: [-2.5, 18]\n");
  EXPECT_THAT(*good.root().optional("percent").integer_list({2, 2}, 0, 100), ElementsAre(80, 75));
  EXPECT_THAT(*good.root().optional("hours_c").thousandths_list({1, 24}, -50'000, 60'000), ElementsAre(-2500, 18'000));
  EXPECT_EQ(message(good), "fine");

  const File bad = parse("percent: [80, 101]\nhours_c: [1]\nmore_c: 5\n");
  EXPECT_FALSE(bad.root().optional("percent").integer_list({2, 2}, 0, 100));
  EXPECT_FALSE(bad.root().optional("hours_c").thousandths_list({2, 2}, 0, 1000));
  EXPECT_FALSE(bad.root().optional("more_c").thousandths_list({1, 3}, 0, 1000));
  EXPECT_THAT(message(bad), HasSubstr("percent[1]: 101 is outside 0..100"));
  EXPECT_THAT(message(bad), HasSubstr("hours_c: expected a list of 2 entries"));
  EXPECT_THAT(message(bad), HasSubstr("more_c: expected a list of 1 to 3 entries"));
}

TEST(Config, ReadsASiteIntoPlainValues) {
  const File file = parse(R"(site: elm-street
deployment: "00000000000000000000000000000000000000000000000000000000000000ff"
keys: { trafo: trafo.key }
transformer: { rated_kva: 75, margin_percent: 3.5, rating: static }
tick_ms: 1000
unit: 247
dry_run: false
agents:
  - { id: charger-1, phases: [L3, L1], max_a: 16, step_a: 0.1, revert_s: 60 }
  - { id: charger-2, phases: [L2], max_a: 16.125, step_a: 0.1, revert_s: none }
)");
  const Section root = file.root();
  EXPECT_EQ(root.required("site").name<SiteId>().str(), "elm-street");
  EXPECT_EQ(root.required("deployment").deployment().bytes[31], 0xff);
  EXPECT_EQ(root.section("keys").required("trafo").path(), "conf/trafo.key");
  const Section transformer = root.section("transformer");
  EXPECT_EQ(transformer.required("rated_kva").kva(1_kVA, 5000_kVA), 75_kVA);
  EXPECT_EQ(transformer.required("margin_percent").thousandths(0, 20'000), 3500);
  EXPECT_EQ(transformer.required("rating").choice<Rating>({{"static", Rating::Static}, {"dynamic", Rating::Dynamic}}),
            Rating::Static);
  EXPECT_EQ(root.required("tick_ms").millis(100_ms, 10_s), 1_s);
  EXPECT_EQ(root.required("unit").integer(1, 247), 247);
  EXPECT_FALSE(root.required("dry_run").boolean());
  const auto agents = root.list("agents", 1, 1000);
  ASSERT_EQ(agents.size(), 2U);
  EXPECT_EQ(agents[0].required("id").name<AgentId>().str(), "charger-1");
  EXPECT_THAT(agents[0].required("phases").phases(), ElementsAre(Phase::L3, Phase::L1));
  EXPECT_EQ(agents[0].required("max_a").amps(0_A, 1000_A), 16_A);
  EXPECT_EQ(agents[0].required("step_a").amps(1_mA, 16_A), 100_mA);
  EXPECT_EQ(agents[0].required("revert_s").seconds_or_none(1_s, 3600_s), 60_s);
  EXPECT_EQ(agents[1].required("revert_s").seconds_or_none(1_s, 3600_s), std::nullopt);
  EXPECT_EQ(agents[1].required("max_a").amps(0_A, 1000_A), 16'125_mA);
  for (const auto* key : {"id", "phases", "step_a"}) static_cast<void>(agents[1].required(key));
  EXPECT_FALSE(root.optional("ttl_s").seconds(1_s, 60_s).has_value());
  EXPECT_FALSE(root.optional_section("api").has_value());
  EXPECT_EQ(message(file), "fine");
}

TEST(Config, SaysWhereAValueIsOutOfBounds) {
  const File file = parse("site: x\ntransformer:\n  rated_kva: 0\n");
  static_cast<void>(file.root().required("site").name<SiteId>());
  static_cast<void>(file.root().section("transformer").required("rated_kva").kva(1_kVA, 5000_kVA));
  EXPECT_EQ(message(file), "conf/site.yaml:3:3 transformer.rated_kva: 0 is outside 1..5000");
}

TEST(Config, ShowsBoundsInTheUnitOfTheKey) {
  const File file = parse("step_a: 40\nhold_min: 0\nload_w: -5");
  static_cast<void>(file.root().required("step_a").amps(100_mA, 32'500_mA));
  static_cast<void>(file.root().required("hold_min").minutes(1_min, 90_min));
  static_cast<void>(file.root().required("load_w").watts(0_W, 9_W));
  EXPECT_THAT(message(file), HasSubstr("step_a: 40 is outside 0.1..32.5"));
  EXPECT_THAT(message(file), HasSubstr("hold_min: 0 is outside 1..90"));
  EXPECT_THAT(message(file), HasSubstr("load_w: -5 is outside 0..9"));
}

TEST(Config, ReadsDecimalsExactly) {
  const auto amps = [](const std::string& text) {
    const File file = parse("x_a: " + text);
    const Milliamps value = file.root().required("x_a").amps(-1000_A, 1000_A);
    return file.finish().ok() ? std::optional(value.count()) : std::nullopt;
  };
  EXPECT_EQ(amps("0.1"), 100);
  EXPECT_EQ(amps("16.07"), 16'070);
  EXPECT_EQ(amps("-0.001"), -1);
  EXPECT_EQ(amps("6.090"), 6'090);
  for (const char* not_a_number : {"0.1234", "1e3", "0x10", "1_000", "+5", "1.", ".5", "--1", "\"6\"", "six", "1 A",
                                   "nan", ".inf", "1,5", "9999999999999999999999", "~", "[1]", "{a: 1}"})
    EXPECT_EQ(amps(not_a_number), std::nullopt) << not_a_number;
}

/// Whatever is written, it is taken as it stands or refused, and never wrapped into something that is allowed.
TEST(Config, RefusesNumbersThatAreGreaterThanCanBeCounted) {
  // Reckoned in 64 bits, the first is 0 minutes.
  for (const std::string much : {"281474976710656", "999999999999", "-999999999999999999", "99999999999999999999"}) {
    const File file = parse("hold_min: " + much);
    static_cast<void>(file.root().required("hold_min").minutes(-1_min, 90_min));
    EXPECT_THAT(message(file), HasSubstr("hold_min: " + much + " is outside -1..90"));
  }
  constexpr std::int64_t kMost = std::int64_t{1} << 53U;
  const File file = parse("most: 9007199254740992\nmore: 9007199254740993\n");
  EXPECT_EQ(file.root().required("most").integer(0, kMost), kMost);
  static_cast<void>(file.root().required("more").integer(0, kMost));
  EXPECT_THAT(message(file), HasSubstr("more: 9007199254740993 is outside 0..9007199254740992"));
}

TEST(Config, WantsWholeNumbersWhereTheUnitIsTheSmallest) {
  const File file = parse("tick_ms: 0.5");
  static_cast<void>(file.root().required("tick_ms").millis(0_ms, 10_s));
  EXPECT_THAT(message(file), HasSubstr("tick_ms: 0.5 is not a whole number"));
}

TEST(Config, ReportsAllProblemsOneALineInTheOrderOfTheFile) {
  const File file = parse("b_a: 99\na_a: x\n");
  static_cast<void>(file.root().required("a_a").amps(0_A, 10_A));
  static_cast<void>(file.root().required("b_a").amps(0_A, 10_A));
  EXPECT_EQ(message(file),
            "conf/site.yaml:1:1 b_a: 99 is outside 0..10\n"
            "conf/site.yaml:2:1 a_a: 'x' is not a number with at most 3 decimals");
}

TEST(Config, ListsTheWordsThereAre) {
  const File file = parse("rating: dynamc");
  static_cast<void>(
      file.root().required("rating").choice<Rating>({{"static", Rating::Static}, {"dynamic", Rating::Dynamic}}));
  EXPECT_THAT(message(file), HasSubstr("rating: 'dynamc' is not one of static, dynamic"));
}

TEST(Config, RefusesValuesOfTheWrongShape) {
  const File file =
      parse("name: {a: 1}\nlist: 5\nmap: 5\nphases: [L1, L1]\nkey: abc\nflag: yes\nempty:\nid: Not A Name");
  const Section root = file.root();
  static_cast<void>(root.required("name").text());
  static_cast<void>(root.list("list", 0, 5));
  static_cast<void>(root.section("map").required("never").text());
  static_cast<void>(root.required("phases").phases());
  static_cast<void>(root.required("key").public_key());
  static_cast<void>(root.required("flag").boolean());
  static_cast<void>(root.required("empty").text());
  static_cast<void>(root.required("id").name<AgentId>());
  std::vector<std::string> whats;
  for (const Error& error : file.problems()) whats.push_back(error.what);
  EXPECT_THAT(whats, ElementsAre("expected a single value", "expected a list", "expected keys and values under it",
                                 "expected 1 to 3 different ones of L1, L2, L3", StartsWith("expected 64 hex digits"),
                                 "'yes' is neither true nor false", "has no value", HasSubstr("is not a name")));
}

TEST(Config, BoundsTheLengthOfLists) {
  const File file = parse("agents: [{id: a}, {id: b}, {id: c}]");
  EXPECT_THAT(file.root().list("agents", 1, 2), IsEmpty());
  EXPECT_THAT(message(file), HasSubstr("agents: has 3 entries; expected 1 to 2"));
}

TEST(Config, NamesEntriesOfLists) {
  const File file = parse("agents:\n  - {max_a: 1}\n  - {max_a: 99}\n");
  for (const Section& agent : file.root().list("agents", 1, 5))
    static_cast<void>(agent.required("max_a").amps(0_A, 32_A));
  EXPECT_EQ(message(file), "conf/site.yaml:3:6 agents[1].max_a: 99 is outside 0..32");
}

TEST(Config, CarriesProblemsThatTheCallerFinds) {
  const File file = parse("meter: {}\nport: 1");
  const Section meter = file.root().section("meter");
  meter.refuse("needs either tcp or serial");
  file.root().required("port").refuse("is taken");
  EXPECT_THAT(message(file), HasSubstr("site.yaml:1:1 meter: needs either tcp or serial"));
  EXPECT_THAT(message(file), HasSubstr("site.yaml:2:1 port: is taken"));
}

TEST(Config, RefusesDuplicateKeys) {
  EXPECT_EQ(refusal("a: 1\nb:\n  c: 1\n  c: 2\n"), "site.yaml:4:3: duplicate key 'c'; it is in line 3 already");
}

TEST(Config, RefusesWhatHidesMistakes) {
  EXPECT_THAT(refusal("a: &x 1\nb: 2"), HasSubstr("anchors"));
  EXPECT_THAT(refusal("a: [&x {b: 1}, *x]"), HasSubstr("anchors"));
  EXPECT_THAT(refusal("a: !!int 5"), HasSubstr("tags"));
  EXPECT_THAT(refusal("a: 1\n---\nb: 1\n"), HasSubstr("a second document"));
  EXPECT_THAT(refusal("[a, b]: 1"), HasSubstr("a key must be a plain word"));
}

TEST(Config, RefusesWhatIsNoConfigAtAll) {
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal("# nothing\n"), HasSubstr("is empty"));
  EXPECT_THAT(refusal("just words"), HasSubstr("expected keys and values"));
  EXPECT_THAT(refusal("- a\n- b"), HasSubstr("expected keys and values"));
  EXPECT_THAT(refusal("a: [1, 2"), StartsWith("site.yaml:"));
  EXPECT_THAT(refusal("a: b: c"), StartsWith("site.yaml:1:"));
  EXPECT_THAT(refusal("a: \"unclosed"), StartsWith("site.yaml:"));
  EXPECT_THAT(refusal(std::string(200, '[')), StartsWith("site.yaml:"));
  EXPECT_THAT(refusal("a: " + std::string(2000, '{')), StartsWith("site.yaml:"));
}

TEST(Config, NamesAFileThatIsMissing) {
  const auto file = File::load("/nowhere/site.yaml");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().message(), "/nowhere/site.yaml: cannot be opened: No such file or directory");
  EXPECT_FALSE(File::load("/").ok());
}

TEST(Config, ReadsFilesWithWindowsLineEndings) {
  const File file = parse("a: x\r\nb: 2\r\n");
  EXPECT_EQ(file.root().required("a").text(), "x");
  EXPECT_EQ(file.root().required("b").integer(1, 5), 2);
  EXPECT_EQ(message(file), "fine");
}

}  // namespace
}  // namespace balans::config
