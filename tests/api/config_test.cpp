// config/schema/api.schema.json, the loader and the example say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "api/config.hpp"
#include "tests/api/contract.hpp"
#include "tests/api/senders.hpp"
#include "tests/trafo/filter/schema.hpp"

namespace balans::api::test {
namespace {

using filter::test::Schema;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(ConfigSchema, TheExampleIsValid) {
  const auto example = yaml_as_json(text_of("config/api.yaml"));
  EXPECT_THAT(Schema::load("api.schema.json").findings(example), testing::IsEmpty());
}

TEST(ConfigSchema, TheLoaderReadsTheSameKeys) {
  const std::regex call("(?:required|optional|section|optional_section|list|days|number|time|nanos)\\(\"([a-z_]+)\"");
  const std::string text = text_of("api/config.cpp");
  std::set<std::string> read;
  for (std::sregex_iterator found(text.begin(), text.end(), call), end; found != end; ++found) read.insert((*found)[1]);
  EXPECT_EQ(Schema::load("api.schema.json").property_names(), read);
}

TEST(ConfigSchema, TheExampleNamesEveryKey) {
  const std::string example = text_of("config/api.yaml");
  for (const std::string& name : Schema::load("api.schema.json").property_names())
    EXPECT_TRUE(std::regex_search(example, std::regex("\\b" + name + ":"))) << name;
}

TEST(ConfigSchema, RefusesWhatTheLoaderRefuses) {
  const Schema schema = Schema::load("api.schema.json");
  const std::string example = text_of("config/api.yaml");
  const Folder folder;
  const std::pair<const char*, const char*> changes[] = {
      {"port: 8080", "port: 65536"},
      {"port: 8080", "prot: 8080"},
      {"connections: 4096", "connections: 9"},
      {"listeners: 3000", "listeners: 100001"},
      {"database_connections: 2", "database_connections: 33"},
      {"raw_days: 90", "raw_days: 0"},
      {"day_days: 3653", "day_days: 36526"},
      {"log_all_requests: false", "log_all_requests: 1"},
      {"deployment: \"5f", "deployment: \""},
      {"database: balans.sqlite", "origins: \"*\""},
      {"  - id: elm-street", "  - deployment: x\n    id: elm-street"},
      {"- { id: charger-1, key:", "- { id: charger-1, kee:"},
      {"  - id: elm-street", "  - name: elm-street"},
  };
  for (const auto& [from, to] : changes) {
    std::string changed = example;
    ASSERT_NE(changed.find(from), std::string::npos) << from;
    changed.replace(changed.find(from), std::string(from).size(), to);
    std::ofstream(folder / "api.yaml") << changed;
    EXPECT_FALSE(load_config(folder / "api.yaml").ok()) << to;
    EXPECT_THAT(schema.findings(yaml_as_json(changed)), testing::Not(testing::IsEmpty())) << to;
  }
}

/// A network whose genesis is 32 bytes of 9, and a wallet with its rules; lines may be changed.
std::string with_settlement(const std::string& from = "", const std::string& to = "") {
  std::string text = "deployment: \"" + std::string(64, 'a') +
                     "\"\nlisten: { host: 127.0.0.1, port: 0 }\ndatabase: x\nsites: []\n"
                     "settlement:\n  iota:\n    endpoints: [ \"https://api.example\" ]\n    chain: \"09090909\"\n"
                     "    genesis: \"cGfHiC6Kgg3FpFZvgwGcswsCRtp4aBP2fzuXRQPizuN\"\n    key: iota.key\n"
                     "    threshold: 1000000000\n    cap: 5000000000\n    daily_limit: 2000000000\n"
                     "    approve_above: 1000000000\n    round_s: 3\n";
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(ConfigSchema, TakesASettlement) {
  const Folder folder;
  std::ofstream(folder / "api.yaml") << with_settlement();
  const auto config = load_config(folder / "api.yaml");
  ASSERT_TRUE(config) << config.error().message();
  ASSERT_TRUE(config->settlement);
  EXPECT_EQ(config->settlement->network.chain, "09090909");
  EXPECT_EQ(config->settlement->key, folder / "iota.key");
  EXPECT_EQ(config->settlement->rules.cap, *trade::Amount::of(5'000'000'000));
  EXPECT_EQ(config->settlement->round, 3_s);
  EXPECT_THAT(Schema::load("api.schema.json").findings(yaml_as_json(with_settlement())), testing::IsEmpty());
}

TEST(ConfigSchema, RefusesASettlementThatCannotBe) {
  const Folder folder;
  const std::tuple<const char*, const char*, const char*> changes[] = {
      {"https://api.example", "http://api.example", "expected https://"},
      {"https://api.example", "http://127.0.0.1.example", "expected https://"},
      {"chain: \"09090909", "chain: \"09090908", "is not how the genesis begins"},
      {"genesis: \"cGf", "genesis: \"0Gf", "genesis"},
      {"    cap: 5000000000\n", "", "cap"},
      {"daily_limit: 2000000000", "daily_limit: 900000000", "daily_limit: expected at least the threshold"},
      {"round_s: 3", "round_s: 0", "round_s"},
      {"round_s: 3", "most_fee_permille: 11", "most_fee_permille"},
      {"round_s: 3", "cold_address: \"0x12\"", "cold_address"},
      {"round_s: 3", "expiry: 1", "expiry"},
  };
  for (const auto& [from, to, expected] : changes) {
    std::ofstream(folder / "api.yaml") << with_settlement(from, to);
    const auto config = load_config(folder / "api.yaml");
    ASSERT_FALSE(config) << to;
    EXPECT_THAT(config.error().message(), testing::HasSubstr(expected)) << to;
  }
}

TEST(ConfigSchema, ANetworkWithoutAWalletNeedsNoRules) {
  const Folder folder;
  std::string text = with_settlement();
  text.erase(text.find("    key:"));
  std::ofstream(folder / "api.yaml") << text;
  const auto config = load_config(folder / "api.yaml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_FALSE(config->settlement->key);
}

TEST(ConfigSchema, TakesWhatTheLoaderTakes) {
  const std::string key(64, 'b');
  const std::string site_of_its_own =
      "database: x\nsites: [ { id: oak, key: \"" + key + "\", deployment: \"" + key + "\", agents: [] } ]\n";
  const Schema schema = Schema::load("api.schema.json");
  const Folder folder;
  const std::string least = "deployment: \"" + std::string(64, 'a') + "\"\nlisten: { host: \"::1\", port: 0 }\n";
  for (const char* rest :
       {"database: x\nsites: []\n", "database: postgresql://b@h/d\norigins: [ \"*\" ]\nsites: []\n",
        "database: x\nkey: k\nretention: {}\nsites: []\nlog_all_requests: true\n", site_of_its_own.c_str()}) {
    std::ofstream(folder / "api.yaml") << least << rest;
    const auto config = load_config(folder / "api.yaml");
    EXPECT_TRUE(config.ok()) << config.error().message();
    EXPECT_THAT(schema.findings(yaml_as_json(least + rest)), testing::IsEmpty()) << rest;
  }
}

}  // namespace
}  // namespace balans::api::test
