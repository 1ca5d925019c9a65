#include "cli/doctor/services.hpp"

#include "common/io/config/config.hpp"
#include "common/io/mqtt/broker_config.hpp"
#include "common/messages/topics.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".yaml";

void place_below(const Machine& machine, std::optional<fs::path>& path) {
  if (path) path = machine.at(*path);
}

void place_below(const Machine& machine, BrokerAddress& broker) {
  if (!broker.tls) return;
  broker.tls->ca = machine.at(broker.tls->ca);
  place_below(machine, broker.tls->certificate);
  place_below(machine, broker.tls->key);
}

/// Keys that only the program reads are no problem here.
std::optional<Error> trouble_of(const config::File& file) {
  for (const Error& problem : file.problems())
    if (problem.what.find("is not a known key") == std::string::npos) return problem;
  return std::nullopt;
}

void read_common(const Machine& machine, const config::Section& root, Service& service) {
  service.site = root.required("site").text();
  service.status_file = root.optional("status_file").path();
  service.state_dir = root.required("state_dir").path();
  place_below(machine, service.status_file);
  place_below(machine, service.state_dir);
  service.sends_on = service.part == Part::Agent || root.has("api");
  service.broker = read_broker(root.section("broker"));
  place_below(machine, *service.broker);
}

void read_keys(const Machine& machine, const config::Section& keys, std::initializer_list<const char*> names,
               Service& service) {
  for (const char* name : names) service.keys.push_back(machine.at(keys.required(name).path()));
}

void read_config(const Machine& machine, Service& service) {
  const auto file = config::File::load(service.config);
  if (!file) {
    service.trouble = file.error();
    return;
  }
  const config::Section root = file->root();
  if (service.part != Part::Api) {
    read_common(machine, root, service);
    const config::Section keys = root.section("keys");
    if (service.part == Part::Trafo)
      read_keys(machine, keys, {"trafo", "site"}, service);
    else
      read_keys(machine, keys, {"device"}, service);
  }
  service.trouble = trouble_of(*file);
}

Service service(Part part, std::string name, std::string program, std::string unit, fs::path config) {
  Service service;
  service.part = part;
  service.name = std::move(name);
  service.program = std::move(program);
  service.unit = std::move(unit);
  service.config = std::move(config);
  return service;
}

}  // namespace

std::vector<Service> services_of(const Machine& machine) {
  std::vector<Service> services;
  if (machine.has("/etc/balans/site.yaml"))
    services.push_back(service(Part::Trafo, std::string(topics::kTrafo), "balans-trafo", "balans-trafo.service",
                               machine.at("/etc/balans/site.yaml")));
  for (const std::string& file : machine.names("/etc/balans/agents")) {
    if (!file.ends_with(kEnding)) continue;
    const std::string name = file.substr(0, file.size() - kEnding.size());
    if (!AgentId::parse(name)) continue;
    services.push_back(service(Part::Agent, name, "balans-chargepoint", "balans-chargepoint@" + name + ".service",
                               machine.at("/etc/balans/agents") / file));
  }
  if (machine.has("/etc/balans/api.yaml"))
    services.push_back(
        service(Part::Api, "api", "balans-api", "balans-api.service", machine.at("/etc/balans/api.yaml")));
  for (Service& one : services) read_config(machine, one);
  return services;
}

}  // namespace balans::cli
