#include "sim/stage/stage.hpp"

#include <stdlib.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "common/io/runtime/files.hpp"
#include "sim/data/json_text.hpp"
#include "sim/street/setup.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

}  // namespace

Result<std::unique_ptr<Stage>> Stage::create(const StageOptions& options) {
  std::unique_ptr<Stage> stage(new Stage(options));
  if (Result<void> prepared = stage->prepare(); !prepared) return prepared.error();
  return stage;
}

Stage::~Stage() {
  stop_all();
  std::error_code ignored;
  if (!options_.keep && !folder_.root.empty()) std::filesystem::remove_all(folder_.root, ignored);
}

Result<void> Stage::make_run_folder() {
  std::error_code failure;
  if (options_.keep) {
    std::filesystem::create_directories(*options_.keep, failure);
    if (failure) return Error{options_.keep->string(), "cannot be made: " + failure.message()};
    if (!std::filesystem::is_empty(*options_.keep)) return Error{options_.keep->string(), "is not empty"};
    folder_.root = std::filesystem::canonical(*options_.keep);
    return {};
  }
  std::string name = (std::filesystem::temp_directory_path() / "balans-XXXXXX").string();
  if (!mkdtemp(name.data())) return Error{name, "cannot be made"};
  folder_.root = name;
  return {};
}

Result<void> Stage::prepare() {
  const Result<StreetOptions> street = street_options(options_.street);
  if (!street) return street.error();
  street_options_ = *street;
  street_options_.devices_dir = std::filesystem::absolute(street->devices_dir);
  const Result<StreetSetup> setup = set_up(street_options_);
  if (!setup) return setup.error();
  sources_ = setup->sources;
  if (Result<void> made = make_run_folder(); !made) return made;
  if (Result<void> prepared = prepare_site_files(*setup); !prepared) return prepared;
  for (const auto& watched : {folder_.events(), folder_.logs(), folder_.street()}) watch_.add_folder(watched);
  truth_file_ = GrowingFile(folder_.street() / "truth.jsonl");
  return {};
}

Result<void> Stage::prepare_site_files(const StreetSetup& setup) {
  const Result<std::uint16_t> broker_port = free_port();
  if (!broker_port) return broker_port.error();
  const Result<std::uint16_t> api_port = free_port();
  if (!api_port) return api_port.error();
  plan_ = {setup.world.plan,
           setup.devices,
           street_options_.rating,
           design_peak_base(setup.world.base, street_options_.rating),
           options_.margin_percent,
           options_.ttl,
           options_.failsafe_hold,
           options_.status_every,
           options_.reading_every,
           street_options_.devices_dir,
           *broker_port,
           *api_port};
  if (street_options_.policy == Policy::Uncontrolled) return make_folders(folder_, plan_);
  Result<SiteKeys> keys = prepare_site(folder_, plan_);
  if (!keys) return keys.error();
  keys_ = std::move(*keys);
  return {};
}

Result<void> Stage::start() {
  const bool controlled = street_options_.policy == Policy::Balans;
  const std::vector<std::string> mosquitto{broker_program(), "-c", (folder_.broker() / "mosquitto.conf").string()};
  if (controlled)
    if (Result<void> broker = launch("broker", mosquitto, ChildInput::None); !broker) return broker;
  if (Result<void> started = start_street_and_api(); !started) return started;
  if (controlled)
    if (Result<void> started = start_site(); !started) return started;
  ready_after_s_ = std::max<std::int64_t>(0, (clock_->utc() - UnixTime(street_options_.start.ms())) / 1_s);
  return {};
}

Result<void> Stage::start_street_and_api() {
  // The run's first second is `run_in` ahead: until then the programs come up and nothing is counted.
  const std::int64_t boot0 = SystemClock().boot().ms() + options_.run_in.count();
  sim_clock_ = std::to_string(options_.street.speed) + ":" + std::to_string(street_options_.start.ms()) + ":" +
               std::to_string(boot0);
  Result<std::unique_ptr<Clock>> clock = make_clock(sim_clock_);
  if (!clock) return clock.error();
  clock_ = std::move(*clock);
  if (street_options_.minutes)
    counted_until_ = UnixTime(street_options_.start.ms() + *street_options_.minutes * 60'000);
  if (Result<void> street = launch("street", street_arguments(), ChildInput::Pipe); !street) return street;
  if (street_options_.policy == Policy::Balans)
    if (Result<void> started = start_api(); !started) return started;
  const auto has_ports = [&] { return std::filesystem::exists(folder_.street() / "ports.json"); };
  if (Result<void> ready = await("street is not listening", has_ports); !ready) return ready;
  return read_ports();
}

Result<void> Stage::start_api() {
  if (options_.ledger == PayoutLedger::IotaLocal)
    if (Result<void> chain = start_chain(); !chain) return chain;
  if (Result<void> written = write_api_file(folder_, plan_, keys_, chain_); !written) return written;
  if (Result<void> api = launch_program("api", "balans-api", folder_.api() / "api.yaml"); !api) return api;
  const auto listening = [&] { return last_event("api", "listening").has_value(); };
  if (Result<void> ready = await("api is not listening", listening); !ready) return ready;
  if (Result<void> made = make_tokens(); !made) return made;
  const auto is_known = [&] { return is_open(desk_); };
  if (Result<void> known = await("the api does not know its tokens", is_known); !known) return known;
  if (Result<void> opened = open_accounts(desk_, devices(), UnixTime(street_options_.start.ms())); !opened)
    return opened;
  return pay_out_on_chain();
}

std::vector<AgentId> Stage::devices() const {
  std::vector<AgentId> devices;
  for (const DevicePlan& device : plan_.devices) devices.push_back(device.id);
  return devices;
}

Result<std::string> Stage::make_token(const std::string& name, const std::string& scope) {
  const std::filesystem::path out = folder_.api() / ("token-" + name);
  const std::vector<std::string> arguments{
      (options_.programs / "balans-api").string(), "token", "add", name, "--scope", scope, "--config",
      (folder_.api() / "api.yaml").string()};
  const auto child = Child::start({"token", arguments, out, folder_.err_of("api"), ChildInput::None});
  if (!child) return child.error();
  if (!(*child)->wait_until_ended(options_.patience) || !(*child)->ended_well())
    return Error{"balans-api token add", (*child)->ending()};
  const auto token = read_small_file(out);
  if (!token) return token.error();
  return token->substr(0, token->find('\n'));
}

/// Whoever looks at this run may read all of it, and nothing more.
Result<void> Stage::make_tokens() {
  const Result<std::string> shown = make_token("demo", "read");
  if (!shown) return shown.error();
  const Result<std::string> cashier = make_token("cashier", "administer");
  if (!cashier) return cashier.error();
  token_ = *shown;
  desk_ = {page(), *cashier, kSiteName, chain_ ? kIota : kEuro};
  return {};
}

Result<void> Stage::start_site() {
  if (const auto listening = last_event("api", "listening"))
    if (const auto key = bytes32_from_hex(std::string(listening->at("key").as_string()))) keys_.api = PublicKey{*key};
  if (Result<void> written = write_site_files(folder_, plan_, keys_, meter_, devices_); !written) return written;
  const auto broker_runs = [&] {
    return last_lines(folder_.err_of("broker"), 100).find(" running") != std::string::npos;
  };
  if (Result<void> ready = await("broker is not running", broker_runs); !ready) return ready;
  if (Result<void> trafo = launch_program("trafo", "balans-trafo", folder_.site() / "site.yaml"); !trafo) return trafo;
  for (const DevicePlan& device : plan_.devices) {
    const std::string id = device.id.str();
    Result<void> agent = launch_program(id, "balans-chargepoint", folder_.agent(id) / "agent.yaml");
    if (!agent) return agent;
  }
  const auto trafo_started = [&] { return last_event("trafo", "started").has_value(); };
  if (Result<void> ready = await("trafo has not started", trafo_started); !ready) return ready;
  for (const DevicePlan& device : plan_.devices) {
    const auto follows = [&] { return has_followed_.contains(device.id.str()); };
    if (Result<void> ready = await(device.id.str() + " does not follow the controller", follows); !ready) return ready;
  }
  return {};
}

Result<void> Stage::await(const std::string& what, const std::function<bool()>& done) {
  if (wait_for(done, options_.patience)) return {};
  if (interrupted()) return Error{"", "interrupted"};
  if (!failures_.empty()) return Error{"", "a program has died"};
  return Error{"", what + " after " + std::to_string(options_.patience.count() / 1000) + " s"};
}

std::vector<std::string> Stage::street_arguments() const {
  const StreetArguments& asked = options_.street;
  std::vector<std::string> arguments{
      (options_.programs / "balans-sim").string(), "street",   "--start",   asked.start, "--transformer-kva",
      std::to_string(asked.transformer_kva),       "--policy", asked.policy};
  const auto add = [&](const std::string& option, const std::string& value) {
    arguments.push_back(option);
    arguments.push_back(value);
  };
  add("--speed", std::to_string(asked.speed));
  add("--data-dir", street_options_.data_dir.string());
  add("--devices-dir", street_options_.devices_dir.string());
  if (asked.feeder) add("--feeder", *asked.feeder);
  if (asked.sessions) add("--sessions", *asked.sessions);
  if (asked.minutes) add("--minutes", std::to_string(*asked.minutes));
  for (const std::string& device : asked.devices) add("--device", device);
  add("--ports-file", (folder_.street() / "ports.json").string());
  add("--truth", (folder_.street() / "truth.jsonl").string());
  add("--summary", (folder_.street() / "summary.json").string());
  add("--sim-clock", sim_clock_);
  return arguments;
}

Result<void> Stage::read_ports() {
  const std::optional<json::object> ports = read_object(folder_.street() / "ports.json");
  const json::value* meter = ports ? ports->if_contains("meter") : nullptr;
  const json::value* devices = ports ? ports->if_contains("devices") : nullptr;
  if (!meter || !devices || !devices->is_object()) return Error{"ports.json", "is not what a street writes"};
  const auto place = [](const json::value& value) {
    return ModbusPlace{static_cast<std::uint16_t>(value.at("port").as_int64()), value.at("unit").as_int64()};
  };
  meter_ = place(*meter);
  for (const auto& [id, entry] : devices->get_object()) devices_[std::string(id)] = place(entry);
  return {};
}

Result<void> Stage::launch(const std::string& name, std::vector<std::string> arguments, ChildInput input) {
  ChildSpec spec{name, std::move(arguments), folder_.out_of(name), folder_.err_of(name), input};
  auto child = Child::start(spec);
  if (!child) return child.error();
  processes_.insert_or_assign(
      name, Process{std::move(spec), std::move(*child), true, GrowingFile(folder_.events_of(name)), {}});
  start_order_.push_back(name);
  return {};
}

Result<void> Stage::launch_program(const std::string& name, const std::string& program,
                                   const std::filesystem::path& config) {
  return launch(name,
                {(options_.programs / program).string(), "--config", config.string(), "--events",
                 folder_.events_of(name).string(), "--sim-clock", sim_clock_},
                ChildInput::None);
}

}  // namespace balans::sim
