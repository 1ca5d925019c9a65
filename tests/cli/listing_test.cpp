#include "cli/listing.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "chargepoint/shell/agent_file.hpp"
#include "cli/agent_part.hpp"
#include "cli/wording.hpp"
#include "common/io/runtime/files.hpp"
#include "tests/cli/devices.hpp"

namespace balans::cli {
namespace {

using testing::HasSubstr;

Catalogue shipped() {
  auto catalogue = load_catalogue("config/devices");
  EXPECT_TRUE(catalogue.ok());
  return *std::move(catalogue);
}

TEST(DeviceList, TheDocIsWhatTheListSays) {
  const auto doc = read_small_file("docs/devices.md");
  ASSERT_TRUE(doc.ok());
  EXPECT_EQ(*doc, list_markdown(shipped())) << "balans device list --markdown > docs/devices.md";
}

TEST(DeviceList, LeavesNoFileOutInSilence) {
  const Catalogue catalogue = shipped();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("config/devices"))
    files += entry.path().extension() == ".yaml" ? 1 : 0;
  EXPECT_EQ(catalogue.files.size() + catalogue.refused.size(), files);
  for (const Error& error : catalogue.refused) ADD_FAILURE() << error.message();
  const std::string text = list_text(catalogue), markdown = list_markdown(catalogue);
  for (const DeviceFile& file : catalogue.files) {
    EXPECT_THAT(text, HasSubstr(file.description.name));
    EXPECT_THAT(markdown, HasSubstr("`" + file.description.name + "`"));
    EXPECT_THAT(show_text(file), HasSubstr(file.description.vendor));
  }
}

TEST(DeviceList, ADeviceWithoutWatchdogNeedsAContactorOrItsFullSize) {
  test::TempFolder folder;
  std::ofstream(folder / "one.yaml") << kCharger;
  const auto file = load_device_file(folder / "one.yaml");
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_EQ(needs_contactor(file->description), "no watchdog");
  EXPECT_THAT(show_text(*file), HasSubstr("NEEDS"));
}

TEST(DeviceList, ASocketWhoseWatchdogHearsTheAgentsOfOthersNeedsAContactorToo) {
  const auto file = load_device_file("config/devices/chargers/alpitronic_hyc.yaml");
  ASSERT_TRUE(file.ok()) << file.error().message();
  EXPECT_EQ(needs_contactor(file->description), "the agents of its other sockets keep its watchdog quiet");
}

TEST(DeviceList, JsonNamesEveryDevice) {
  const Catalogue catalogue = shipped();
  const auto json = boost::json::parse(list_json(catalogue));
  EXPECT_EQ(json.at("devices").as_array().size(), catalogue.files.size());
}

TEST(DeviceList, AMistypedNameIsAnsweredWithTheNearest) {
  const auto file = find_device("config/devices", "eastron_smd630");
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message(), HasSubstr("did you mean meters/eastron_sdm630?"));
}

std::string agent_around(const std::string& part) {
  const std::string key(64, '3');
  return "agent: a\nsite: s\ndeployment: \"" + key + "\"\nkeys: { device: k, trafo: \"" + key +
         "\" }\nbroker: { host: h, port: 1883 }\nstate_dir: s\ndevices_dir: " +
         std::filesystem::absolute("config/devices").string() + "\n" + part;
}

TEST(AgentPart, OfEveryDeviceIsTakenByTheAgent) {
  test::TempFolder folder;
  for (const DeviceFile& file : shipped().files) {
    const DeviceDescription& device = file.description;
    if (!device.control || device.control->semantics == LimitSemantics::Hint) continue;
    const std::string part = config_part(device, ModbusTcpEndpoint{"10.0.0.1", 502}, 3);
    std::ofstream(folder / "agent.yaml") << agent_around(part);
    const auto agent = load_agent(folder / "agent.yaml");
    EXPECT_TRUE(agent.ok()) << agent.error().message() << "\n" << part;
  }
}

}  // namespace
}  // namespace balans::cli
