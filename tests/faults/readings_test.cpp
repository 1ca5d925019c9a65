// Readings survive everything that dies on their way.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "common/io/http_client/http_client.hpp"
#include "tests/faults/street_under_fault.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;

using Sequences = std::map<std::string, std::vector<std::int64_t>>;

class Readings : public StreetUnderFault {
 protected:
  static constexpr Pace kDense{.speed = 10, .reading_every = 2_s};

  /// Sequence numbers that the api gives out, per agent and in its order.
  void stored(Sequences& result) {
    HttpClient client;
    std::string after;
    do {
      const std::string url =
          stage().page() + "v1/readings?site=" + kSiteName + "&limit=1000" + (after.empty() ? "" : "&after=" + after);
      const Result<HttpResponse> response =
          client.send({HttpMethod::Get, url, {{"Authorization", "Bearer " + stage().token()}}, ""});
      ASSERT_TRUE(response.ok()) << response.error().message();
      ASSERT_EQ(response->status, 200) << response->body;
      const json::value page = json::parse(response->body);
      for (const json::value& reading : page.at("readings").as_array())
        result[std::string(reading.at("agent").as_string())].push_back(reading.at("seq").as_int64());
      after = page.at("next").is_string() ? std::string(page.at("next").as_string()) : "";
    } while (!after.empty());
  }

  /// The last reading of each agent that the site has acknowledged.
  [[nodiscard]] std::map<std::string, std::int64_t> acknowledged() {
    std::map<std::string, std::int64_t> result;
    for (const Stage::Event& event : stage().events("trafo")) {
      if (text_of(event, "event") != "readings-committed") continue;
      std::int64_t& through = result[std::string(text_of(event, "agent"))];
      through = std::max(through, event.at("through").as_int64());
    }
    return result;
  }

  [[nodiscard]] bool more_are_acknowledged(const std::map<std::string, std::int64_t>& than, std::int64_t by) {
    const std::map<std::string, std::int64_t> now = acknowledged();
    return std::all_of(kChargers.begin(), kChargers.end(), [&](const std::string& id) {
      const auto before = than.find(id);
      const auto after = now.find(id);
      return after != now.end() && after->second >= (before == than.end() ? 0 : before->second) + by;
    });
  }

  /// The number that the agent gave its very first reading, by its own word.
  [[nodiscard]] std::int64_t first_reading(const std::string& id) {
    for (const Stage::Event& event : stage().events(id))
      if (text_of(event, "event") == "started") return event.at("next_reading").as_int64();
    return 0;
  }

  /// Waits until the api has what is acknowledged now, and judges all it has.
  void expect_each_once() {
    const std::map<std::string, std::int64_t> through = acknowledged();
    Sequences sequences;
    const auto has_all = [&] {
      sequences.clear();
      stored(sequences);
      return HasFatalFailure() || std::all_of(through.begin(), through.end(), [&](const auto& agent) {
               const std::vector<std::int64_t>& have = sequences[agent.first];
               return !have.empty() && *std::max_element(have.begin(), have.end()) >= agent.second;
             });
    };
    ASSERT_TRUE(wait_for(has_all)) << "readings are lost";
    for (const std::string& id : kChargers) {
      std::vector<std::int64_t> have = sequences[id];
      std::sort(have.begin(), have.end());
      ASSERT_FALSE(have.empty()) << id;
      EXPECT_LE(have.front(), first_reading(id)) << id << ": the first is missing";
      for (std::size_t i = 1; i < have.size(); ++i)
        ASSERT_EQ(have[i], have[i - 1] + 1) << id << ": " << (have[i] == have[i - 1] ? "twice" : "lost");
    }
  }
};

TEST_F(Readings, NoneIsLostAndNoneComesTwiceWhenTheApiIsDeadForAMinute) {
  ASSERT_NO_FATAL_FAILURE(begin(kDense));
  ASSERT_TRUE(wait_for([&] { return stage().count_events("api", "readings-committed") > 0; }));
  const UnixTime killed = now();
  const std::map<std::string, std::int64_t> before = acknowledged();
  stage().kill("api");
  ASSERT_TRUE(wait_until(killed + 60_s));
  EXPECT_TRUE(more_are_acknowledged(before, 15)) << "the site stops recording without the api";
  ASSERT_TRUE(stage().restart("api").ok());
  const UnixTime back = now();
  ASSERT_TRUE(wait_for([&] { return first_event("api", "readings-committed", back).has_value(); }));
  expect_each_once();
}

TEST_F(Readings, TheApiMayDieAgainAndAgainInTheMidstOfThem) {
  ASSERT_NO_FATAL_FAILURE(begin(kDense));
  const auto it_works = [&] {
    const std::size_t committed = stage().count_events("api", "readings-committed");
    return wait_for([&] { return stage().count_events("api", "readings-committed") > committed; });
  };
  for (int death = 0; death < 3; ++death) {
    ASSERT_TRUE(it_works());
    stage().kill("api");
    ASSERT_TRUE(stage().restart("api").ok());
  }
  ASSERT_TRUE(it_works());
  const std::map<std::string, std::int64_t> before = acknowledged();
  ASSERT_TRUE(wait_for([&] { return more_are_acknowledged(before, 1); }));
  expect_each_once();
}

TEST_F(Readings, TheAcknowledgedAreNeverLostWhenControllerAndAgentsDie) {
  ASSERT_NO_FATAL_FAILURE(begin(kDense));
  for (int death = 0; death < 3; ++death) {
    const std::map<std::string, std::int64_t> before = acknowledged();
    ASSERT_TRUE(wait_for([&] { return more_are_acknowledged(before, 1); }));
    const std::string agent = kChargers[static_cast<std::size_t>(death) % kChargers.size()];
    stage().kill("trafo");
    stage().kill(agent);
    ASSERT_TRUE(stage().restart(agent).ok());
    ASSERT_TRUE(stage().restart("trafo").ok());
  }
  const std::map<std::string, std::int64_t> before = acknowledged();
  ASSERT_TRUE(wait_for([&] { return more_are_acknowledged(before, 1); }));
  expect_each_once();
}

}  // namespace
}  // namespace balans::sim
