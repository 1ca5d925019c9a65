// What is said in two files must be the same, and what only one may have is not given to two.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/check/check.hpp"
#include "cli/program_run.hpp"
#include "common/io/pki/certificate.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

std::string short_hex(const Bytes32& bytes) { return to_hex(bytes).substr(0, 8) + "…"; }

std::optional<PublicKey> public_half(const std::filesystem::path& file) {
  const auto signer = load_signer(file);  // where it cannot be read, its program has said so
  return signer ? std::optional((*signer)->public_key()) : std::nullopt;
}

// ---- an agent and its site ----

Findings same_site(const AgentFacts& agent, const SiteFacts& site) {
  const std::string file = agent.file.string(), other = site.file.string();
  Findings findings;
  if (agent.site != site.site)
    findings.push_back(
        failure(fmt::format("{}: site is {}, and {} says {}", file, agent.site.str(), other, site.site.str()),
                "write the same into both"));
  if (agent.deployment != site.deployment)
    findings.push_back(
        failure(fmt::format("{}: deployment is {}, and {} says {}: neither would believe the other", file,
                            short_hex(agent.deployment.bytes), other, short_hex(site.deployment.bytes)),
                "copy the line `deployment:` from " + other));
  const auto trafo = public_half(site.trafo_key);
  if (trafo && *trafo != agent.trafo_key)
    findings.push_back(
        failure(fmt::format("{}: keys.trafo is {}, and the public half of {} is {}: no limit would be "
                            "obeyed",
                            file, short_hex(agent.trafo_key.bytes), site.trafo_key.string(), short_hex(trafo->bytes)),
                fmt::format("write trafo: \"{}\"", to_hex(trafo->bytes))));
  return findings;
}

Findings same_authority(const AgentFacts& agent, const SiteFacts& site) {
  if (!agent.broker.ca || !site.broker.ca || *agent.broker.ca == *site.broker.ca) return {};
  const auto theirs = pki::load_certificate(*agent.broker.ca), ours = pki::load_certificate(*site.broker.ca);
  if (!theirs || !ours || theirs->pem == ours->pem) return {};
  return {failure(agent.broker.ca->string() + ": is not the authority of " + site.site.str() +
                      ", so the agent would "
                      "not trust the broker",
                  "cp " + site.broker.ca->string() + " " + agent.broker.ca->string())};
}

Findings same_key(const AgentFacts& agent, const SiteFacts& site, const SiteFacts::Entry& entry) {
  const auto key = public_half(agent.device_key);
  if (!key) return {};
  const auto revoked = read_revoked_keys(site.revoked_file);
  if (std::ranges::find(revoked.keys, *key, &RevokedKey::key) != revoked.keys.end())
    return {failure(agent.device_key.string() + ": this key was revoked",
                    "delete it, and pair " + entry.id.str() + " again")};
  if (*key == entry.key) return {ok(agent.file.string() + ": its key is the one that is enrolled")};
  return {failure(
      fmt::format("{}: the public half of {} is {}, and {} enrols {}: nothing it says would count", agent.file.string(),
                  agent.device_key.string(), short_hex(key->bytes), site.file.string(), short_hex(entry.key.bytes)),
      fmt::format("pair it again, or write key: \"{}\" for {}", to_hex(key->bytes), entry.id.str()))};
}

/// What goes beyond its enrolment is the controller's to say.
Findings offer_is_taken(const CheckPlaces& places, const AgentFacts& agent, const SiteFacts& site) {
  const auto chargepoint = find_program("balans-chargepoint", places.programs);
  const auto trafo = find_program("balans-trafo", places.programs);
  if (!chargepoint || !trafo) return {};
  const auto offer = run_program(*chargepoint, {"--check", "--offer", "--config", agent.file.string()});
  if (!offer || offer->out.empty()) return {};  // it is refused by itself, and that was said
  const std::string text = offer->out.substr(0, offer->out.find('\n'));
  const auto answer =
      run_program(*trafo, {"--check", "--config", site.file.string(), "--offer=" + agent.agent.str() + "=" + text});
  if (!answer || answer->code == kExitOk)
    return {ok(agent.file.string() + ": what it offers is what it is enrolled for")};
  const std::size_t at = answer->err.find("offers what it is not enrolled for");
  if (at == std::string::npos) return {};  // the site's file itself is refused
  return {failure(
      agent.file.string() + ": " + answer->err.substr(at, answer->err.find('\n', at) - at),
      "change the one or the other: what is enrolled in " + site.file.string() + " is what the controller has booked")};
}

Findings check_agent(const CheckPlaces& places, const AgentFacts& agent, const SiteFacts& site) {
  Findings findings = same_site(agent, site);
  append(findings, same_authority(agent, site));
  const SiteFacts::Entry* entry = site.find(agent.agent);
  if (entry == nullptr) {
    findings.push_back(
        failure(fmt::format("{}: {} is not enrolled in {}", agent.file.string(), agent.agent.str(), site.file.string()),
                "add it to `agents:` there, or pair it with --kind, --phases and --max-a"));
    return findings;
  }
  append(findings, same_key(agent, site, *entry));
  append(findings, offer_is_taken(places, agent, site));
  return findings;
}

Findings unpaired(const SiteFacts& site) {
  Findings findings;
  for (const SiteFacts::Entry& entry : site.agents)
    if (entry.key == kNobody)
      findings.push_back(warning(
          fmt::format("{}: {} has no key yet; until then it counts as silent", site.file.string(), entry.id.str()),
          fmt::format("on this machine: balans init chargepoint {0}; elsewhere: balans pair "
                      "--listen --agent {0}",
                      entry.id.str())));
  return findings;
}

// ---- what only one may have ----

std::string line_of(const BusPlace& bus) {
  const auto* serial = std::get_if<ModbusSerialEndpoint>(&bus.place.endpoint);
  return serial == nullptr ? "" : serial->device;
}

/// The meters of a line are one program's; every agent is a program of its own.
Findings check_lines(const Facts& facts) {
  Findings findings;
  std::map<std::string, std::pair<std::string, std::string>> users;  // by line: program, what hangs on it
  const auto use = [&](const std::string& program, const BusPlace& bus) {
    const std::string line = line_of(bus);
    if (line.empty()) return;
    const auto [at, is_new] = users.try_emplace(line, program, bus.name);
    if (!is_new && at->second.first != program)
      findings.push_back(failure(
          fmt::format("{} and {} share the serial line {}: one line, one program", at->second.second, bus.name, line),
          "give one of them another line, or a gateway to Modbus TCP"));
  };
  if (facts.site)
    for (const BusPlace& meter : facts.site->meters) use("balans-trafo", meter);
  for (const AgentFacts& agent : facts.agents)
    for (const BusPlace& bus : agent.places) use(agent.agent.str(), bus);
  return findings;
}

/// Two agents at one device write over each other's limit. On a serial line they are found by their line.
Findings check_devices(const Facts& facts) {
  Findings findings;
  std::map<std::string, const AgentFacts*> owners;
  for (const AgentFacts& agent : facts.agents) {
    const auto* host = agent.places.empty() ? nullptr : std::get_if<ModbusTcpEndpoint>(&agent.places[0].place.endpoint);
    if (host == nullptr) continue;
    const std::string place =
        fmt::format("{}:{} unit {} socket {}", host->host, host->port, agent.places[0].place.unit, agent.socket);
    if (const auto [at, is_new] = owners.try_emplace(place, &agent); !is_new && at->second->agent != agent.agent)
      findings.push_back(failure(
          fmt::format("{}: its device, {}, is that of {} too", agent.file.string(), place, at->second->agent.str()),
          "write under device: where it really is; one device, one agent"));
  }
  return findings;
}

Findings check_states(const Facts& facts) {
  Findings findings;
  std::map<std::filesystem::path, const AgentFacts*> states;
  std::map<AgentId, const AgentFacts*> names;
  for (const AgentFacts& agent : facts.agents) {
    if (const auto [at, is_new] = states.try_emplace(agent.state_dir, &agent); !is_new)
      findings.push_back(
          failure(fmt::format("{}: has the state_dir of {}", agent.file.string(), at->second->agent.str()),
                  "write state_dir: /var/lib/balans/chargepoint/" + agent.agent.str()));
    if (const auto [at, is_new] = names.try_emplace(agent.agent, &agent); !is_new)
      findings.push_back(failure(fmt::format("{}: is called {} as that of {}", agent.file.string(), agent.agent.str(),
                                             at->second->file.string()),
                                 "one name, one device"));
    if (agent.file.stem() != agent.agent.str())
      findings.push_back(warning(fmt::format("{}: is for the agent {}", agent.file.string(), agent.agent.str()),
                                 "its service goes by the name of the file: call it " + agent.agent.str() + ".yaml"));
  }
  return findings;
}

// ---- the api ----

Findings check_api_keys(const ApiFacts& api, const ApiFacts::EnrolledSite& enrolled, const SiteFacts& site) {
  Findings findings;
  const std::string file = api.file.string();
  if (const auto key = public_half(site.site_key); key && *key != enrolled.key)
    findings.push_back(
        failure(file + ": the key of " + site.site.str() + " is not the public half of " + site.site_key.string(),
                "write key: \"" + to_hex(key->bytes) + "\""));
  for (const SiteFacts::Entry& entry : site.agents) {
    if (entry.key == kNobody) continue;
    const auto found = std::ranges::find(enrolled.agents, entry.id, &SiteFacts::Entry::id);
    if (found == enrolled.agents.end() || found->key != entry.key)
      findings.push_back(
          warning(file + (found == enrolled.agents.end() ? ": does not list " : ": has another key of ") +
                      entry.id.str() + ", so its readings would be refused",
                  fmt::format("write {{ id: {}, key: \"{}\" }}", entry.id.str(), to_hex(entry.key.bytes))));
  }
  return findings;
}

Findings check_api(const ApiFacts& api, const SiteFacts& site) {
  Findings findings;
  const auto enrolled = std::ranges::find(api.sites, site.site, &ApiFacts::EnrolledSite::site);
  if (enrolled == api.sites.end()) {
    if (site.api_url)
      findings.push_back(warning(api.file.string() + ": does not list " + site.site.str(),
                                 "add it to `sites:`, if this is the api that site.yaml names"));
    return findings;
  }
  if (api.deployment != site.deployment)
    findings.push_back(failure(api.file.string() + ": deployment is not that of " + site.file.string(),
                               "copy the line `deployment:` from there"));
  append(findings, check_api_keys(api, *enrolled, site));
  return findings;
}

}  // namespace

Findings check_together(const CheckPlaces& places, const Facts& facts) {
  Findings findings;
  if (facts.site) {
    for (const AgentFacts& agent : facts.agents) append(findings, check_agent(places, agent, *facts.site));
    append(findings, unpaired(*facts.site));
    if (facts.api) append(findings, check_api(*facts.api, *facts.site));
  }
  append(findings, check_lines(facts));
  append(findings, check_devices(facts));
  append(findings, check_states(facts));
  return findings;
}

}  // namespace balans::cli
