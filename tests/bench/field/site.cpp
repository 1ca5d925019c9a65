#include "tests/bench/field/site.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "cli/ca.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::bench {
namespace {

constexpr const char* kSite = "elm-street";

/// pi/broker with this folder and port.
Result<void> write_broker(const FieldPlan& plan) {
  std::ifstream installed(plan.source / "pi/broker/mosquitto.conf");
  std::string text = fmt::format("listener {} 127.0.0.1\npersistence false\nlog_dest stderr\n", plan.broker_port);
  if (geteuid() == 0) text += "user root\n";  // else it would become one that cannot read this folder
  const std::string folder = "/etc/balans/broker";
  for (std::string line; std::getline(installed, line);) {
    if (line.starts_with("listener ") || line.starts_with("autosave_")) continue;
    if (const std::size_t at = line.find(folder); at != std::string::npos)
      line.replace(at, folder.size(), (plan.folder / "broker").string());
    text += line + "\n";
  }
  const auto acl = read_small_file(plan.source / "pi/broker/acl");
  if (!acl) return acl.error();
  const std::string bare = "\nuser bare-controller\ntopic readwrite bare/#\npattern readwrite bare/%u\n";
  if (auto written = replace_file(plan.folder / "broker" / "acl", *acl + bare, FileMode::Private); !written)
    return written;
  return replace_file(plan.broker_config(), text, FileMode::Readable);
}

Result<void> issue_certificates(const FieldPlan& plan) {
  cli::CaPlaces places;
  places.ca = plan.folder / "ca";
  places.broker = plan.folder / "broker";
  places.tls = plan.folder / "tls";
  places.site = plan.site_config();
  places.run = [](const std::string&) { return 0; };
  places.now = [] { return SystemClock().utc(); };
  if (const auto made = cli::ca_init(places, kSite); !made) return made.error();
  std::vector<cli::IssueWish> wishes{
      {"broker", {"127.0.0.1"}, {}, {}}, {"trafo", {}, {}, {}}, {"bare-controller", {}, {}, {}}};
  for (std::size_t i = 0; i < plan.chargers; ++i) wishes.push_back({FieldPlan::name_of(i), {}, {}, {}});
  for (const cli::IssueWish& wish : wishes)
    if (const auto issued = cli::ca_issue(places, wish); !issued) return issued.error();
  return {};
}

std::string broker_section(const FieldPlan& plan, const std::string& name) {
  return fmt::format("broker: {{ host: 127.0.0.1, port: {}, tls: {{ ca: {}, cert: {}, key: {} }} }}\n",
                     plan.broker_port, plan.tls("ca.crt").string(), plan.tls(name + ".crt").string(),
                     plan.tls(name + ".key").string());
}

std::string common_part(const FieldPlan& plan, const std::string& deployment, const std::string& name) {
  return fmt::format("site: {}\ndeployment: \"{}\"\n{}devices_dir: {}\n", kSite, deployment, broker_section(plan, name),
                     (plan.source / "config/devices").string());
}

std::string site_yaml(const FieldPlan& plan, const std::string& deployment, const std::vector<PublicKey>& agents) {
  std::string text = common_part(plan, deployment, "trafo");
  text += "keys: { trafo: trafo.key, site: site.key }\nstate_dir: state/trafo\nstatus_file: state/trafo.json\n";
  text += fmt::format("transformer: {{ rated_kva: {}, design_peak_base_a: {}, rating: static }}\n",
                      plan.rated.count() / 1000, plan.design_peak_base.count() / 1000);
  text += fmt::format("meter: {{ device: {}, tcp: {{ host: 127.0.0.1, port: {} }}, unit: 1 }}\nagents:\n", kMeter,
                      plan.meter_port);
  for (std::size_t i = 0; i < agents.size(); ++i)
    text += fmt::format(
        "  - {{ id: {}, key: \"{}\", kind: charger, phases: [L1, L2, L3], max_a: 32, failsafe_a: 0, settle_s: 2,\n"
        "      revert_s: 60, device_fallback_a: 0 }}\n",
        FieldPlan::name_of(i), to_hex(agents[i].bytes));
  return text;
}

std::string agent_yaml(const FieldPlan& plan, const std::string& deployment, const PublicKey& trafo,
                       std::size_t charger) {
  const std::string name = FieldPlan::name_of(charger);
  std::string text = fmt::format("agent: {}\n", name) + common_part(plan, deployment, name);
  text += fmt::format("keys: {{ device: {}.key, trafo: \"{}\" }}\nstate_dir: ../state/{}\n", name, to_hex(trafo.bytes),
                      name);
  text += fmt::format("device: {{ file: {}, tcp: {{ host: 127.0.0.1, port: {} }}, unit: {} }}\n", kCharger,
                      plan.charger_port, Hardware::unit_of(charger));
  text += "kind: charger\nphases: [L1, L2, L3]\nmin_a: 6\nmax_a: 32\nstep_a: 0.1\nfailsafe_a: 0\nsettle_s: 2\n";
  return text + "revert_s: 60\ndevice_fallback_a: 0\ncold_load_pickup_s: 0\n";
}

}  // namespace

Result<void> prepare(const FieldPlan& plan) {
  for (const char* each : {"broker", "agents", "state/trafo"})
    if (auto made = make_private_folder(plan.folder / each); !made) return made;
  const auto trafo = create_key_file(plan.folder / "trafo.key");
  if (!trafo) return trafo.error();
  if (const auto site = create_key_file(plan.folder / "site.key"); !site) return site.error();
  std::vector<PublicKey> agents;
  for (std::size_t i = 0; i < plan.chargers; ++i) {
    const auto key = create_key_file(plan.folder / "agents" / (FieldPlan::name_of(i) + ".key"));
    if (!key) return key.error();
    agents.push_back(*key);
    if (auto made = make_private_folder(plan.folder / "state" / FieldPlan::name_of(i)); !made) return made;
  }
  const std::string deployment = to_hex(random_bytes32());
  if (auto written = replace_file(plan.site_config(), site_yaml(plan, deployment, agents), FileMode::Private); !written)
    return written;
  for (std::size_t i = 0; i < plan.chargers; ++i)
    if (auto written = replace_file(plan.agent_config(i), agent_yaml(plan, deployment, *trafo, i), FileMode::Private);
        !written)
      return written;
  if (auto issued = issue_certificates(plan); !issued) return issued;
  return write_broker(plan);
}

}  // namespace balans::bench
