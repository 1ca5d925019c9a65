// What a program does with a bad configuration: one clear line, exit code 2, nothing started; what Ctrl-C
// leaves, and what a demo has paid before anything is settled.

#include <signal.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>

#include "common/io/runtime/files.hpp"
#include "sim/data/json_text.hpp"
#include "tests/faults/street_under_fault.hpp"

namespace balans::sim {
namespace {

using namespace std::chrono_literals;

std::string text_in(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct BadConfig {
  const char* name;
  const char* program;
  const char* file;     ///< of the run folder
  const char* replace;  ///< in that file; empty: the file goes
  const char* by;
  const char* where;  ///< in the complaint: file:line:col and the key
};

void PrintTo(const BadConfig& it, std::ostream* out) { *out << it.name; }

constexpr const char* kSite = "site/site.yaml";
constexpr const char* kAgent = "agents/charger-1/agent.yaml";
constexpr const char* kRoof = "agents/roof/agent.yaml";
constexpr const char* kApi = "api/api.yaml";

class Programs : public testing::Test {
 protected:
  /// The configuration of a whole site, as the stage writes it, though nothing of it runs.
  void SetUp() override {
    StreetOptions street;
    street.devices = {"charger-1", "roof"};
    street.devices_dir = BALANS_DEVICES;
    street.data_dir = "/nonexistent";
    const Result<StreetSetup> setup = set_up(street);
    ASSERT_TRUE(setup.ok()) << setup.error().message();
    SitePlan plan{setup->world.plan,
                  setup->devices,
                  24_kVA,
                  10_A,
                  3,
                  defaults::kTtl,
                  defaults::kFailsafeHold,
                  defaults::kStatusEvery,
                  defaults::kReadingEvery,
                  BALANS_DEVICES,
                  *free_port(),
                  *free_port()};
    const RunFolder run{folder_.path()};
    const Result<SiteKeys> keys = prepare_site(run, plan);
    ASSERT_TRUE(keys.ok()) << keys.error().message();
    const Result<void> api = write_api_file(run, plan, *keys, std::nullopt);
    ASSERT_TRUE(api.ok()) << api.error().message();
    const ModbusPlace nowhere{*free_port(), 1};
    const Result<void> written =
        write_site_files(run, plan, *keys, nowhere, {{"charger-1", nowhere}, {"roof", nowhere}});
    ASSERT_TRUE(written.ok()) << written.error().message();
  }

  std::unique_ptr<Child> start(const std::string& program, const std::string& file) {
    auto child = Child::start({program,
                               {std::string(BALANS_PROGRAMS) + "/" + program, "--config", (folder_ / file).string(),
                                "--events", events().string()},
                               folder_ / "out",
                               folder_ / "err",
                               ChildInput::None});
    EXPECT_TRUE(child.ok()) << child.error().message();
    return child.ok() ? std::move(*child) : nullptr;
  }

  [[nodiscard]] std::filesystem::path events() const { return folder_ / "events.jsonl"; }

  TemporaryFolder folder_;
};

class BadConfigs : public Programs, public testing::WithParamInterface<BadConfig> {};

TEST_P(BadConfigs, AreOneClearLineAndNothingStarts) {
  const BadConfig& bad = GetParam();
  std::string text = text_in(folder_ / bad.file);
  if (*bad.replace == '\0') {
    std::filesystem::remove(folder_ / bad.file);
  } else {
    const std::size_t at = text.find(bad.replace);
    ASSERT_NE(at, std::string::npos) << bad.replace << " is not in\n" << text;
    ASSERT_TRUE(
        replace_file(folder_ / bad.file, text.replace(at, std::string(bad.replace).size(), bad.by), FileMode::Private)
            .ok());
  }
  const auto child = start(bad.program, bad.file);
  ASSERT_TRUE(child && child->wait_until_ended(60s)) << "it runs";
  EXPECT_EQ(child->ending(), "ended with exit code 2");
  const std::string complaint = text_in(folder_ / "err");
  EXPECT_EQ(std::count(complaint.begin(), complaint.end(), '\n'), 1) << complaint;
  EXPECT_NE(complaint.find(bad.where), std::string::npos) << complaint;
  EXPECT_EQ(text_in(folder_ / "out"), "");
  EXPECT_EQ(text_in(events()), "") << "something has started";
}

INSTANTIATE_TEST_SUITE_P(
    EachProgram, BadConfigs,
    testing::Values(
        BadConfig{"TrafoUnknownKey", "balans-trafo", kSite, "tick_ms:", "tik_ms:", "site.yaml:10:1 tik_ms"},
        BadConfig{"TrafoWrongUnit", "balans-trafo", kSite,
                  "rated_kva:", "rated_kw:", "site.yaml:7:16 transformer.rated_kw"},
        BadConfig{"TrafoOutOfBounds", "balans-trafo", kSite, "ttl_s: 30", "ttl_s: 61", "site.yaml:9:10 lease.ttl_s"},
        BadConfig{"TrafoMissingFile", "balans-trafo", kSite, "", "", "site.yaml"},
        BadConfig{"AgentUnknownKey", "balans-chargepoint", kAgent, "weight:", "wieght:", "agent.yaml:16:1 wieght"},
        BadConfig{"AgentWrongUnit", "balans-chargepoint", kAgent,
                  "settle_s:", "settle_ms:", "agent.yaml:17:1 settle_ms"},
        BadConfig{"AgentOutOfBounds", "balans-chargepoint", kAgent, "max_a: 16", "max_a: 160000",
                  "agent.yaml:12:1 max_a: 160000 is outside"},
        BadConfig{"AgentMissingFile", "balans-chargepoint", kAgent, "", "", "agent.yaml"},
        BadConfig{"ApiUnknownKey", "balans-api", kApi, "database:", "databse:", "api.yaml:3:1 databse"},
        BadConfig{"ApiWrongUnit", "balans-api", kApi, "port:", "port_s:", "api.yaml:2:28 listen.port_s"},
        BadConfig{"ApiOutOfBounds", "balans-api", kApi, "port: ", "port: 70000", "api.yaml:2:28 listen.port"},
        BadConfig{"ApiMissingFile", "balans-api", kApi, "", "", "api.yaml"}),
    [](const auto& each) { return std::string(each.param.name); });

class GoodConfigs : public Programs, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(GoodConfigs, StartAndStopWithExitCodeZero) {
  const auto child = start(GetParam().first, GetParam().second);
  ASSERT_TRUE(child);
  Watch watch;
  watch.add_folder(folder_.path());
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (text_in(events()).find('\n') == std::string::npos && child->running() &&
         std::chrono::steady_clock::now() < deadline)
    watch.wait(1s, {child->exit_fd()});
  EXPECT_NE(text_in(events()), "") << text_in(folder_ / "err");
  child->send(SIGTERM);
  ASSERT_TRUE(child->wait_until_ended(60s)) << "it runs on";
  EXPECT_TRUE(child->ended_well()) << child->ending();
}

INSTANTIATE_TEST_SUITE_P(EachProgram, GoodConfigs,
                         testing::Values(std::pair{"balans-trafo", kSite}, std::pair{"balans-chargepoint", kAgent},
                                         std::pair{"balans-chargepoint", kRoof}, std::pair{"balans-api", kApi}),
                         [](const auto& each) {
                           const std::string name = std::string(each.param.first).substr(7);
                           return each.param.second == std::string_view(kRoof) ? name + "OfARoof" : name;
                         });

/// Processes whose command line speaks of this folder.
std::size_t processes_of(const std::filesystem::path& folder) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored))
    if (text_in(entry.path() / "cmdline").find(folder.string()) != std::string::npos) ++count;
  return count;
}

TEST(Demo, CtrlCLeavesNoProcessAndNoFile) {
  const TemporaryFolder outputs;
  const TemporaryFolder runs;  // the demo's run folder is made in here
  auto demo = Child::start(
      {"demo",
       {"env", "TMPDIR=" + runs.path().string(), std::string(BALANS_PROGRAMS) + "/balans-sim", "demo", "--headless",
        "--minutes", "600", "--speed", "10", "--data-dir", "/nonexistent", "--devices-dir", BALANS_DEVICES},
       outputs / "out",
       outputs / "err",
       ChildInput::None});
  ASSERT_TRUE(demo.ok()) << demo.error().message();
  Watch watch;
  watch.add_folder(outputs.path());
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (text_in(outputs / "out").find("Balans runs") == std::string::npos && (*demo)->running() &&
         std::chrono::steady_clock::now() < deadline)
    watch.wait(1s, {(*demo)->exit_fd()});
  constexpr std::size_t kEverything = 13;  // broker, street, trafo, api, nine agents
  EXPECT_EQ(processes_of(runs.path()), kEverything) << text_in(outputs / "err");
  (*demo)->send(SIGINT);
  ASSERT_TRUE((*demo)->wait_until_ended(60s)) << "it runs on";
  EXPECT_NE((*demo)->ending().find("exit code"), std::string::npos) << (*demo)->ending() << text_in(outputs / "err");
  EXPECT_EQ(processes_of(runs.path()), 0U);
  EXPECT_TRUE(std::filesystem::is_empty(runs.path()));
}

/// Whoever opens the budget's account first, the demo or the api: what lies on it has not been earned.
TEST(Demo, HasPaidNobodyBeforeAnythingIsSettled) {
  StageOptions options;
  options.street.speed = 30;
  options.street.minutes = 1;
  options.street.devices = {"boiler", "roof"};
  options.street.devices_dir = BALANS_DEVICES;
  options.street.data_dir = "/nonexistent";
  options.programs = BALANS_PROGRAMS;
  options.patience = 60s;
  Result<std::unique_ptr<Stage>> stage = Stage::create(options);
  ASSERT_TRUE(stage.ok()) << stage.error().message();
  const Result<void> started = (*stage)->start();
  ASSERT_TRUE(started.ok()) << started.error().message();
  ASSERT_TRUE((*stage)->wait_for([&] { return (*stage)->run_is_over(); }, 60s));
  const boost::json::object summary = (*stage)->finish();
  EXPECT_TRUE(summary.at("failures").as_array().empty()) << pretty(summary);
  const boost::json::object& money = summary.at("money").at("EUR").as_object();
  for (const char* key : {"earned", "billed", "to_supplier", "grid_share", "to_producers", "carried"})
    EXPECT_EQ(money.at(key).as_int64(), 0) << key;
  EXPECT_TRUE(money.at("even").as_bool());
  EXPECT_TRUE(money.at("adds_up").as_bool());
  for (const boost::json::value& device : summary.at("devices").as_array()) {
    EXPECT_EQ(device.at("money").at("EUR").at("earned").as_int64(), 0) << device.at("id");
    EXPECT_EQ(device.at("fed_in_kwh").to_number<double>() > 0, device.at("id").as_string() == "roof")
        << device.at("id");
  }
}

}  // namespace
}  // namespace balans::sim
