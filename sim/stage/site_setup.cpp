#include "sim/stage/site_setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "sim/stage/child.hpp"

namespace balans::sim {
namespace {

constexpr Millis kWatchdog = 60_s;

/// What whoever plugs in says: more than most take of an evening, and until the morning. It is declared in time, and
/// what is needed is what is taken.
constexpr const char* kSession = "session: { energy_kwh: 20, ready_by: \"07:00\" }\n";
/// An evening is too short for a station to use the five kilowatt-hours of the community that it would usually be asked
/// for at a time: here each one is paid for when it is full, and the producers' part of it at once.
constexpr const char* kBilling =
    "billing: {{ asset: {}, period_min: 10, run_after_s: 60, unit_value: {}, credit_limit: {}, pay_multiple_units: 5, "
    "block_units: 4 }}\nflexibility: {{ price_per_kwh: {}, cap_per_kwh: {}, settle_after_min: 20 }}\n";
/// From a payment run to the next every payee is looked at several times, and paid from 0.4 IOTA on.
constexpr const char* kSettlement =
    "settlement:\n  iota:\n    endpoints: [ \"{}\" ]\n    chain: \"{}\"\n    genesis: \"{}\"\n    key: {}\n"
    "    threshold: 400000000\n    cap: 100000000000000\n    daily_limit: 10000000000000\n"
    "    approve_above: 10000000000000\n    period_min: 2\n    round_s: 20\n    resubmit_after_s: 30\n";

/// 7600 mA as 7.6, 54 000 ms as 54.
std::string thousandths(std::int64_t count) { return fmt::format("{}", static_cast<double>(count) / 1000.0); }

std::string phase_list(const std::vector<Phase>& phases) {
  std::string text;
  for (Phase p : phases) text += (text.empty() ? "" : ", ") + std::string(name_of(p));
  return "[" + text + "]";
}

std::string seconds_or_none(const std::optional<Millis>& time) { return time ? thousandths(time->count()) : "none"; }

Result<void> write_config(const std::filesystem::path& file, const std::string& text) {
  return replace_file(file, text, FileMode::Readable);
}

/// A user of the broker: a name, and a file with a password that only this run knows.
Result<std::string> make_user(const std::filesystem::path& folder, const std::string& name) {
  const std::string password = to_hex(random_bytes32());
  const Result<void> written = replace_file(folder / "password", password + "\n", FileMode::Private);
  if (!written) return written.error();
  return name + ":" + password + "\n";
}

/// mosquitto wants passwords hashed; its own tool does that.
Result<void> hash_passwords(const RunFolder& folder, const std::filesystem::path& file) {
  auto tool = Child::start({"mosquitto_passwd",
                            {"mosquitto_passwd", "-U", file.string()},
                            folder.out_of("mosquitto_passwd"),
                            folder.err_of("mosquitto_passwd"),
                            ChildInput::None});
  if (!tool) return tool.error();
  if (!(*tool)->wait_until_ended(std::chrono::seconds(20)) || !(*tool)->ended_well())
    return Error{"mosquitto_passwd", (*tool)->ending()};
  return {};
}

std::string broker_config(const RunFolder& folder, std::uint16_t port) {
  std::string text = fmt::format("listener {} 127.0.0.1\nallow_anonymous false\n", port);
  text += fmt::format("password_file {0}/passwords\nacl_file {0}/acl\n", folder.broker().string());
  text +=
      "max_packet_size 300000\npersistence false\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type "
      "notice\nlog_type information\n";
  // As root mosquitto would drop to a user that cannot read this folder.
  if (geteuid() == 0) text += "user root\n";
  return text;
}

std::string broker_acl(const SitePlan& plan) {
  std::string text = fmt::format("user trafo\ntopic readwrite balans/{}/#\n", kSiteName);
  for (const DevicePlan& device : plan.devices)
    text += fmt::format(
        "\nuser {0}\ntopic readwrite balans/{1}/{0}/#\ntopic read balans/{1}/+/trade/#\n"
        "topic read balans/{1}/trafo/online\n",
        device.id.str(), kSiteName);
  return text;
}

Result<void> prepare_broker(const RunFolder& folder, const SitePlan& plan) {
  Result<std::string> users = make_user(folder.site(), "trafo");
  for (const DevicePlan& device : plan.devices) {
    if (!users) return users.error();
    const Result<std::string> user = make_user(folder.agent(device.id.str()), device.id.str());
    if (!user) return user.error();
    *users += *user;
  }
  if (!users) return users.error();
  const std::filesystem::path passwords = folder.broker() / "passwords";
  for (const auto& [file, text] : {std::pair{passwords, *users}, std::pair{folder.broker() / "acl", broker_acl(plan)}})
    if (const Result<void> written = replace_file(file, text, FileMode::Private); !written) return written.error();
  if (const Result<void> hashed = hash_passwords(folder, passwords); !hashed) return hashed.error();
  return write_config(folder.broker() / "mosquitto.conf", broker_config(folder, plan.broker_port));
}

Result<SiteKeys> make_keys(const RunFolder& folder, const SitePlan& plan) {
  SiteKeys keys;
  keys.deployment = DeploymentId{random_bytes32()};
  const Result<PublicKey> trafo = create_key_file(folder.site() / "trafo.key");
  if (!trafo) return trafo.error();
  const Result<PublicKey> site = create_key_file(folder.site() / "site.key");
  if (!site) return site.error();
  keys.trafo = *trafo;
  keys.site = *site;
  for (const DevicePlan& device : plan.devices) {
    const Result<PublicKey> key = create_key_file(folder.agent(device.id.str()) / "device.key");
    if (!key) return key.error();
    keys.agents[device.id] = *key;
  }
  return keys;
}

/// In the currency's base units.
std::string billing_section(const Currency& currency) {
  const std::int64_t each = currency.units_per_millionth;
  constexpr std::int64_t kUnitValue = 10'000, kCredit = 100'000'000, kFlexibility = 200'000, kCap = 1'000'000;
  return fmt::format(kBilling, currency.asset, kUnitValue * each, kCredit * each, kFlexibility * each, kCap * each);
}

std::string settlement_section(const LocalChain& chain) {
  return fmt::format(kSettlement, chain.rpc, chain.chain, chain.genesis, kWalletKey);
}

std::string api_yaml(const SitePlan& plan, const SiteKeys& keys, const std::optional<LocalChain>& chain) {
  std::string text =
      fmt::format("deployment: \"{}\"\nlisten: {{ host: 127.0.0.1, port: {} }}\ndatabase: balans.sqlite\n",
                  to_hex(keys.deployment.bytes), plan.api_port);
  text += billing_section(chain ? kIota : kEuro);
  if (chain) text += settlement_section(*chain);
  text += fmt::format("sites:\n  - id: {}\n    key: \"{}\"\n    agents:\n", kSiteName, to_hex(keys.site.bytes));
  for (const DevicePlan& device : plan.devices)
    text +=
        fmt::format("      - {{ id: {}, key: \"{}\" }}\n", device.id.str(), to_hex(keys.agents.at(device.id).bytes));
  return text;
}

std::string broker_section(const SitePlan& plan, const std::string& user) {
  return fmt::format("broker: {{ host: 127.0.0.1, port: {}, username: {}, password_file: password }}\n",
                     plan.broker_port, user);
}

/// Of a device that can feed in; without a lease it may not.
std::string enrolled_feed(const DevicePlan& device) {
  if (device.max_feed == Milliamps(0)) return "";
  return fmt::format("      max_feed_a: {}, failsafe_feed_a: 0, fallback_feed_a: 0,\n",
                     thousandths(device.max_feed.count()));
}

std::string agents_feed(const DevicePlan& device) {
  if (device.max_feed == Milliamps(0)) return "";
  return fmt::format("min_feed_a: {}\nmax_feed_a: {}\nfailsafe_feed_a: 0\n", thousandths(device.step.count()),
                     thousandths(device.max_feed.count()));
}

std::string enrolment(const DevicePlan& device, const DeviceDescription& description, const PublicKey& key) {
  return fmt::format(
      "  - {{ id: {}, key: \"{}\", kind: {}, phases: {}, max_a: {}, failsafe_a: 0,\n{}"
      "      settle_s: {}, revert_s: {}, device_fallback_a: 0 }}\n",
      device.id.str(), to_hex(key.bytes), name_of(device.kind), phase_list(device.phases),
      thousandths(device.max.count()), enrolled_feed(device), thousandths(device.settle.count()),
      seconds_or_none(revert_time(device, description)));
}

std::string site_yaml(const SitePlan& plan, const SiteKeys& keys, const ModbusPlace& meter) {
  std::string text = fmt::format("site: {}\ndeployment: \"{}\"\nkeys: {{ trafo: trafo.key, site: site.key }}\n",
                                 kSiteName, to_hex(keys.deployment.bytes));
  text += broker_section(plan, "trafo");
  text += fmt::format("state_dir: state\ndevices_dir: {}\n", plan.devices_dir.string());
  text +=
      fmt::format("transformer: {{ rated_kva: {}, margin_percent: {}, design_peak_base_a: {}, rating: static }}\n",
                  thousandths(plan.rating.count()), plan.margin_percent, thousandths(plan.design_peak_base.count()));
  text += fmt::format("meter: {{ device: {}, tcp: {{ host: 127.0.0.1, port: {} }}, unit: {}, poll_ms: 1000 }}\n",
                      kMeterFile, meter.port, meter.unit);
  text += fmt::format("lease: {{ ttl_s: {}, failsafe_hold_s: {} }}\ntick_ms: 1000\n", thousandths(plan.ttl.count()),
                      thousandths(plan.failsafe_hold.count()));
  const std::string key = keys.api ? fmt::format(", key: \"{}\"", to_hex(keys.api->bytes)) : "";
  text += fmt::format("api: {{ url: \"http://127.0.0.1:{}\"{} }}\nagents:\n", plan.api_port, key);
  for (std::size_t i = 0; i < plan.devices.size(); ++i)
    text += enrolment(plan.devices[i], plan.descriptions[i], keys.agents.at(plan.devices[i].id));
  return text;
}

std::optional<Fallback> falls_back_to(const DeviceDescription& description) {
  if (!description.control || !description.control->watchdog) return std::nullopt;
  return description.control->watchdog->fallback;
}

std::string agent_yaml(const SitePlan& plan, std::size_t index, const SiteKeys& keys, const ModbusPlace& place) {
  const DevicePlan& device = plan.devices[index];
  std::string text =
      fmt::format("agent: {}\nsite: {}\ndeployment: \"{}\"\nkeys: {{ device: device.key, trafo: \"{}\" }}\n",
                  device.id.str(), kSiteName, to_hex(keys.deployment.bytes), to_hex(keys.trafo.bytes));
  text += broker_section(plan, device.id.str());
  text += fmt::format("state_dir: state\ndevices_dir: {}\n", plan.devices_dir.string());
  text += fmt::format("device: {{ file: {}, tcp: {{ host: 127.0.0.1, port: {} }}, unit: {} }}\n", device.file,
                      place.port, place.unit);
  text +=
      fmt::format("kind: {}\nphases: {}\nmin_a: {}\nmax_a: {}\nstep_a: {}\nfloor_a: {}\nfailsafe_a: 0\nweight: 1\n",
                  name_of(device.kind), phase_list(device.phases), thousandths(device.min.count()),
                  thousandths(device.max.count()), thousandths(device.step.count()), thousandths(device.floor.count()));
  text += fmt::format(
      "settle_s: {}\nrevert_s: {}\nfailsafe_hold_s: {}\ntick_ms: 1000\n", thousandths(device.settle.count()),
      seconds_or_none(revert_time(device, plan.descriptions[index])), thousandths(plan.failsafe_hold.count()));
  if (falls_back_to(plan.descriptions[index]) == Fallback::Configured)
    text += "device_fallback_a: 0\n";  // the installer of this street has set it to a pause
  text += "cold_load_pickup_s: 0\n";   // a run on a machine that has just booted is no power cut
  text += agents_feed(device);
  if (device.kind == DeviceKind::Charger) text += kSession;
  text += fmt::format("status_every_s: {}\nreading_every_s: {}\n", thousandths(plan.status_every.count()),
                      thousandths(plan.reading_every.count()));
  return text;
}

}  // namespace

Milliamps design_peak_base(const BaseLoad& base, VoltAmps rating) {
  Millivoltamps peak;
  for (const PerPhase<PhasePower>& minute : base.minutes)
    for (Phase p : kPhases) peak = std::max(peak, apparent(minute[p]));
  const Milliamps needed(peak.count() / 230);
  const Milliamps rated(rating.count() * 1000 / 3 / 230);
  return std::min(needed, rated * 9 / 10) / 100 * 100;
}

std::optional<Millis> revert_time(const DevicePlan& plan, const DeviceDescription& description) {
  if (!description.control || !description.control->watchdog) return std::nullopt;
  const Watchdog& watchdog = *description.control->watchdog;
  if (watchdog.fallback == Fallback::Unlimited || watchdog.fallback == Fallback::Unknown) return std::nullopt;
  if (watchdog.timeout) return kWatchdog;
  const std::optional<Millis> own = plan.installed_timeout ? plan.installed_timeout : watchdog.default_timeout;
  return own ? std::optional(*own + plan.settle) : std::nullopt;
}

std::string broker_program() {
  for (const char* place : {"/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"})
    if (access(place, X_OK) == 0) return place;
  return "mosquitto";
}

Result<void> make_folders(const RunFolder& folder, const SitePlan& plan) {
  std::vector<std::filesystem::path> folders{folder.broker(), folder.site() / "state", folder.api(), folder.chain(),
                                             folder.street(), folder.events(),         folder.logs()};
  for (const DevicePlan& device : plan.devices) folders.push_back(folder.agent(device.id.str()) / "state");
  for (const std::filesystem::path& each : folders)
    if (const Result<void> made = make_private_folder(each); !made) return made.error();
  return {};
}

Result<SiteKeys> prepare_site(const RunFolder& folder, const SitePlan& plan) {
  if (const Result<void> made = make_folders(folder, plan); !made) return made.error();
  Result<SiteKeys> keys = make_keys(folder, plan);
  if (!keys) return keys;
  if (const Result<void> prepared = prepare_broker(folder, plan); !prepared) return prepared.error();
  return keys;
}

Result<void> write_api_file(const RunFolder& folder, const SitePlan& plan, const SiteKeys& keys,
                            const std::optional<LocalChain>& chain) {
  return write_config(folder.api() / "api.yaml", api_yaml(plan, keys, chain));
}

Result<void> write_site_files(const RunFolder& folder, const SitePlan& plan, const SiteKeys& keys,
                              const ModbusPlace& meter, const std::map<std::string, ModbusPlace>& devices) {
  if (const Result<void> written = write_config(folder.site() / "site.yaml", site_yaml(plan, keys, meter)); !written)
    return written;
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const std::string id = plan.devices[i].id.str();
    const auto place = devices.find(id);
    if (place == devices.end()) return Error{id, "the street does not say where it listens"};
    const std::filesystem::path file = folder.agent(id) / "agent.yaml";
    if (const Result<void> written = write_config(file, agent_yaml(plan, i, keys, place->second)); !written)
      return written;
  }
  return {};
}

}  // namespace balans::sim
