// config/schema/device.schema.json, the loader, the README and the files themselves say the same.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "common/io/config/document.hpp"
#include "tests/trafo/filter/schema.hpp"

namespace balans {
namespace {

namespace bj = boost::json;
using filter::test::Schema;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bj::value scalar_of(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  const bool hexadecimal = text.starts_with("0x");
  const char* const begin = text.data() + (hexadecimal ? 2 : 0);
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (std::from_chars(begin, end, integer, hexadecimal ? 16 : 10).ptr == end && begin != end) return integer;
  double number = 0;  // 8E1 is a serial format, not 80
  const bool digits = text.find_first_not_of("-.0123456789") == std::string::npos;
  if (digits && std::from_chars(text.data(), end, number).ptr == end) return number;
  return bj::string(text);
}

bj::value json_of(const config::Node& node) {
  switch (node.kind) {
    case config::NodeKind::Empty:
      return nullptr;
    case config::NodeKind::Plain:
      return scalar_of(node.text);
    case config::NodeKind::Quoted:
      return bj::string(node.text);
    case config::NodeKind::List: {
      bj::array list;
      for (const auto& item : node.items) list.push_back(json_of(*item));
      return list;
    }
    case config::NodeKind::Map: {
      bj::object map;
      for (const auto& [key, value] : node.fields) map[key] = json_of(*value);
      return map;
    }
  }
  return nullptr;
}

std::set<std::string> quoted_in_loader() {
  const std::regex call(
      "(?:required|optional|section|list|has|read_address|read_bound|read_writes|read_reads|read_table|"
      "read_words)"
      "\\((?:\\w+, )*\"([a-z_]+)\"");
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("common/io/device_file")) {
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator found(text.begin(), text.end(), call), end; found != end; ++found)
      names.insert((*found)[1]);
  }
  return names;
}

TEST(DeviceSchema, EveryFileIsValid) {
  const Schema schema = Schema::load("device.schema.json");
  for (const auto& entry : std::filesystem::recursive_directory_iterator("config/devices")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto document = config::parse_document(text_of(entry.path()), entry.path());
    ASSERT_TRUE(document.ok()) << document.error().message();
    EXPECT_THAT(schema.findings(json_of(*(*document)->root)), testing::IsEmpty()) << entry.path();
  }
}

TEST(DeviceSchema, TheLoaderReadsTheSameKeys) {
  std::set<std::string> schema = Schema::load("device.schema.json").property_names();
  // Quantities and expectations are read by the names of QuantityId, not by literals.
  for (const char* name :
       {"current_l1", "current_l2", "current_l3", "voltage_l1", "voltage_l2", "voltage_l3", "power_l1", "power_l2",
        "power_l3", "power", "energy_import", "energy_export", "frequency", "state_of_charge", "vehicle_state", "clock",
        "setpoint_a", "feed_setpoint_a", "phases_connected"})
    schema.erase(name);
  EXPECT_EQ(schema, quoted_in_loader());
}

TEST(DeviceSchema, TheReadmeExplainsEveryKey) {
  const std::string readme = text_of("config/devices/README.md");
  for (const std::string& name : Schema::load("device.schema.json").property_names())
    EXPECT_TRUE(name.ends_with("_l2") || name.ends_with("_l3") ||  // "current_l1 … l3"
                std::regex_search(readme, std::regex("\\b" + name + "\\b")))
        << name;
}

TEST(DeviceSchema, UnknownKeysAreFound) {
  const Schema schema = Schema::load("device.schema.json");
  EXPECT_THAT(schema.findings(bj::parse(R"({"device": {"vender": "X"}, "source": [{"path": "p"}], "vectors": []})")),
              testing::Contains(testing::HasSubstr("knows no vender")));
}

}  // namespace
}  // namespace balans
