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
