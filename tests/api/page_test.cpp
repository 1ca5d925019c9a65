// The page as it is served: its parts fit together, and it has words for every name that a state can hold.
#include <regex>
#include <set>

#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

const std::vector<std::string> kScripts = {"/page.js",  "/view.js",  "/gauges.js", "/nodes.js", "/devices.js",
                                           "/facts.js", "/words.js", "/access.js", "/money.js", "/today.js"};

class Page : public testing::Test {
 protected:
  std::string served(const std::string& path) {
    const Response response = api.ask(get(path));
    EXPECT_EQ(response.status, 200) << path;
    return response.body;
  }
  std::string all_scripts() {
    std::string all;
    for (const std::string& script : kScripts) all += served(script);
    return all;
  }
  /// The keys of `export const <name> = { … };` in words.js.
  std::set<std::string> words(const std::string& name) {
    const std::string text = served("/words.js");
    const std::string head = "export const " + name + " = {";
    const std::size_t from = text.find(head);
    EXPECT_NE(from, std::string::npos) << name;
    if (from == std::string::npos) return {};
    std::string body = text.substr(from + head.size(), text.find("\n};", from) - from - head.size());
    body = std::regex_replace(body, std::regex(R"(\{[^{}]*text:[^{}]*\})"), "\"\"");
    return matches(body, R"re((?:^|[\n,]) *"?([A-Za-z-]+)"?: ")re");
  }
  static std::set<std::string> matches(const std::string& text, const char* pattern) {
    const std::regex expression(pattern);
    std::set<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match)
      found.insert((*match)[1].str());
    return found;
  }

  const Street street;
  Api api{street};
};

TEST_F(Page, HasWordsForEveryReason) { EXPECT_EQ(words("reasons"), names_of<Reason>()); }

TEST_F(Page, HasWordsForEveryQualityOfAMeter) { EXPECT_EQ(words("qualities"), names_of<MeterQuality>()); }

TEST_F(Page, HasWordsForEveryKindAndStateOfADevice) {
  EXPECT_EQ(words("kinds"), names_of<DeviceKind>());
  EXPECT_EQ(words("states"), names_of<AgentState>());
  EXPECT_EQ(words("vehicles"), names_of<VehicleState>());
}

TEST_F(Page, NamesEverybodyWhoCanSetALimitOfANode) {
  std::set<std::string> expected;
  for (Reason reason : {Reason::Operator, Reason::Schedule, Reason::Dso, Reason::HotSpot, Reason::Neutral,
                        Reason::Unbalance, Reason::LowVoltage})
    expected.emplace(name_of(reason));
  EXPECT_EQ(words("sources"), expected);
}

TEST_F(Page, ImportsOnlyWhatIsServed) {
  const std::set<std::string> imported = matches(all_scripts(), R"re(from "\.(/[a-z]+\.js)")re");
  EXPECT_EQ(imported.size(), kScripts.size() - 1);  // nobody imports the page itself
  for (const std::string& path : imported) EXPECT_EQ(api.ask(get(path)).status, 200) << path;
}

TEST_F(Page, HasTheTemplatesAndPlacesThatItsScriptsAskFor) {
  const std::string page = served("/");
  const std::string scripts = all_scripts();
  for (const char* pattern : {R"re(clone\("([a-z-]+)"\))re", R"re(byId\("([a-z-]+)"\))re", R"re(super\("([a-z-]+)")re",
                              R"re(new List\("([a-z-]+)")re"}) {
    const std::set<std::string> ids = matches(scripts, pattern);
    EXPECT_FALSE(ids.empty()) << pattern;
    for (const std::string& id : ids) EXPECT_NE(page.find("id=\"" + id + "\""), std::string::npos) << id;
  }
  const std::set<std::string> parts = matches(scripts, R"re(part\("\.([a-z-]+)"\))re");
  EXPECT_GT(parts.size(), 20U);
  for (const std::string& name : parts)
    EXPECT_TRUE(std::regex_search(page, std::regex("class=\"([a-z- ]* )?" + name + "[ \"]"))) << name;
}

TEST_F(Page, LoadsNothingFromElsewhere) {
  const std::set<std::string> addresses =
      matches(served("/") + served("/page.css") + all_scripts(), R"re((?:src|href)="((?:https?:)?//[^"]*)")re");
  EXPECT_EQ(addresses, std::set<std::string>());
}

}  // namespace
}  // namespace balans::api::test
