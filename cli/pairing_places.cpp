#include "cli/pairing_places.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

#include "cli/config_lock.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/topics.hpp"

namespace balans::cli {
namespace {

constexpr const char* kServiceUser = "balans-chargepoint";

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// The authority's certificate is shared by all services of a machine: another one would cut them off.
Result<void> write_ca(const std::filesystem::path& file, const std::string& pem) {
  const auto old = is_there(file) ? read_small_file(file) : Result<std::string>(pem);
  if (!old) return old.error();
  if (*old != pem)
    return Error{file.string(), "is of another authority, so this machine belongs to another site: move it away first"};
  return write_file_durably(file, pem, FileMode::Readable);
}

}  // namespace

// ---- on the agent's machine ----

Result<AgentIdentity> AgentIdentity::load_or_make(const AgentPlaces& places, const AgentId& agent) {
  AgentIdentity identity(places, agent);
  if (is_there(identity.device_file())) {
    auto signer = load_signer(identity.device_file());
    if (!signer) return signer.error();
    identity.device_ = *std::move(signer);
  } else {
    identity.fresh_seed_.emplace(random_bytes32());
    identity.device_ = make_ed25519_signer(identity.fresh_seed_->bytes);
  }
  identity.fresh_tls_ = !is_there(identity.tls_file());
  auto tls = identity.fresh_tls_ ? Result<pki::PrivateKey>(pki::PrivateKey::generate())
                                 : pki::PrivateKey::load(identity.tls_file());
  if (!tls) return tls.error();
  identity.tls_ = std::make_unique<pki::PrivateKey>(*std::move(tls));
  return identity;
}

Result<void> AgentIdentity::own(const std::filesystem::path& file) const {
  if (places_.owner) return give_to(file, *places_.owner);
  if (::geteuid() != 0 || ::getpwnam(kServiceUser) == nullptr) return {};
  return give_to(file, kServiceUser);
}

Result<void> AgentIdentity::write_keys(Report& report) const {
  for (const auto& folder : {places_.keys, places_.tls, places_.agents})
    if (auto made = make_open_folder(folder); !made) return made;
  if (fresh_seed_) {
    std::string line = to_hex(fresh_seed_->bytes) + "\n";
    auto written = write_file_durably(device_file(), line, FileMode::Private);
    wipe(line);
    if (!written) return written;
  }
  if (fresh_tls_)
    if (auto saved = tls_->save_new(tls_file()); !saved) return saved;
  for (const auto& file : {device_file(), tls_file()}) {
    if (auto given = own(file); !given) return given;
    report.add(file.string() + ": a key of its own");
  }
  return {};
}

Result<void> AgentIdentity::write_config(const pairing::Grant& grant, Report& report) const {
  const auto file = places_.agents / (agent_.str() + ".yaml");
  if (is_there(file)) {
    report.add(file.string() + ": is there already and stays as it is. It has to say:\n" +
               agent_yaml(places_, agent_, grant, Whole::No));
    return {};
  }
  const std::string text = agent_yaml(places_, agent_, grant, Whole::Yes);
  if (auto written = write_file_durably(file, text, FileMode::Readable); !written) return written;
  report.add(file.string() + ": begun. `balans init chargepoint " + agent_.str() + "` completes it");
  return {};
}

Result<Report> AgentIdentity::write(const pairing::Grant& grant) const {
  Report report;
  if (const auto ca = make_open_folder(places_.tls); !ca) return ca.error();
  if (const auto ca = write_ca(places_.tls / "ca.crt", grant.ca); !ca) return ca.error();
  if (const auto keys = write_keys(report); !keys) return keys.error();
  const auto certificate = places_.tls / (agent_.str() + ".crt");
  const auto written = write_file_durably(certificate, grant.certificate, FileMode::Readable);
  if (!written) return written.error();
  report.add(certificate.string() + ": its certificate, of the authority in ca.crt beside it");
  if (const auto config = write_config(grant, report); !config) return config.error();
  return report;
}

std::string agent_yaml(const AgentPlaces& places, const AgentId& agent, const pairing::Grant& grant, Whole whole) {
  const std::string& id = agent.str();
  std::string text = fmt::format(
      "agent: {0}\nsite: {1}\ndeployment: \"{2}\"\nkeys:\n  device: {3}/{0}.key\n  trafo: \"{4}\"\n"
      "broker:\n  host: \"{5}\"\n  port: {6}\n  tls: {{ ca: {7}/ca.crt, cert: {7}/{0}.crt, key: {7}/{0}.key }}\n",
      id, grant.site.str(), to_hex(grant.deployment.bytes), places.keys.string(), to_hex(grant.trafo_key.bytes),
      grant.broker_host, grant.broker_port, places.tls.string());
  if (whole == Whole::No) return text;
  return "# The agent beside a device, begun by `balans pair`. What follows the last line is still to be filled in:\n"
         "# `balans init chargepoint " +
         id + "` does that, and balans-agent.yaml(5) explains every key.\n\n" + text +
         fmt::format(
             "state_dir: /var/lib/balans/chargepoint/{0}\nstatus_file: /run/balans/{0}.json\n"
             "devices_dir: /usr/share/balans/devices\n\n"
             "# device: {{ file: chargers/alfen_eve, tcp: {{ host: 192.168.10.21 }} }}\n# kind: charger\n"
             "# phases: [L1, L2, L3]\n# min_a: 6\n# max_a: 16\n# step_a: 0.1\n# failsafe_a: 6\n",
             id);
}

// ---- on the controller's machine ----

namespace {

bool only_from_here(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// A name that the broker's certificate has, or no agent would trust it.
Result<std::string> broker_host(const CaPlaces& places, const EnrolWish& wish, const std::string& address) {
  const std::string wanted = wish.broker_host.empty() ? address : wish.broker_host;
  const auto file = places.broker / "broker.crt";
  const auto certificate = pki::load_certificate(file);
  if (!certificate) return certificate.error();
  const auto& hosts = certificate->hosts;
  if (std::ranges::find(hosts, wanted) != hosts.end()) return wanted;
  const auto other = std::ranges::find_if_not(hosts, only_from_here);
  if (wish.broker_host.empty() && other != hosts.end()) return *other;
  return Error{file.string(),
               "does not name " + wanted + ", so no agent would trust it: balans ca issue broker --host " + wanted};
}

Result<void> check_name(const CaPlaces& places, const SiteIdentity& site, const EnrolWish& wish, const AgentId& agent) {
  if (wish.only && agent != *wish.only) return Error{agent.str(), "is not the agent that is waited for"};
  if (agent.str() == topics::kTrafo || agent.str() == "broker")
    return Error{agent.str(), "is a name of the site's own services"};
  if (site.find(agent) == nullptr && !wish.device)
    return Error{agent.str(),
                 "is not in " + places.site.string() + ": add it there, or listen with --kind, --phases and --max-a"};
  return {};
}

Result<void> check_key(const SiteIdentity& site, const AgentId& agent, const PublicKey& key) {
  const RevokedKeys revoked = read_revoked_keys(site.revoked_file);
  if (revoked.trouble) return *revoked.trouble;
  if (std::ranges::find(revoked.keys, key, &RevokedKey::key) != revoked.keys.end())
    return Error{agent.str(), "has a device key that was revoked: delete its key files there and pair again"};
  for (const RosterEntry& entry : site.roster)
    if (entry.key == key && entry.id != agent) return Error{agent.str(), "has the device key of " + entry.id.str()};
  return {};
}

Result<pairing::Grant> grant_to(const CaPlaces& places, const EnrolWish& wish, const pairing::Request& request,
                                const std::string& address, std::string& serial) {
  const auto site = read_site_identity(places.site);
  if (!site) return site.error();
  if (const auto fine = check_name(places, *site, wish, request.agent); !fine) return fine.error();
  if (const auto fine = check_key(*site, request.agent, request.device_key); !fine) return fine.error();
  const auto host = broker_host(places, wish, address);
  if (!host) return host.error();
  const auto signer = load_signer(site->trafo_key);
  if (!signer) return signer.error();
  auto authority = pki::Authority::open(places.ca);
  if (!authority) return authority.error();
  const auto certificate = authority->issue_for_request(request.agent.str(), request.request, places.now());
  if (!certificate) return certificate.error();
  serial = certificate->serial;
  return pairing::Grant{site->site,      site->deployment,  (*signer)->public_key(),
                        *host,           site->broker_port, authority->certificate().pem,
                        certificate->pem};
}

/// What an earlier pairing has given to this name counts no more.
Result<bool> take_back_older(const CaPlaces& places, const AgentId& agent, const std::string& keep) {
  auto authority = pki::Authority::open(places.ca);
  if (!authority) return authority.error();
  const auto older = authority->revoke(agent.str(), places.now(), keep);
  if (!older) return older.error();
  if (const auto laid = lay_beside_broker(places, *authority); !laid) return laid.error();
  return !older->empty();
}

}  // namespace

Result<SiteIdentity> ready_to_enrol(const CaPlaces& places, const EnrolWish& wish) {
  auto site = read_site_identity(places.site);
  if (!site) return site.error();
  if (wish.only)
    if (const auto fine = check_name(places, *site, wish, *wish.only); !fine) return fine.error();
  if (const auto host = broker_host(places, wish, ""); !wish.broker_host.empty() && !host) return host.error();
  if (const auto certificate = pki::load_certificate(places.broker / "broker.crt"); !certificate)
    return certificate.error();
  if (const auto signer = load_signer(site->trafo_key); !signer) return signer.error();
  if (const auto authority = pki::Authority::open(places.ca); !authority) return authority.error();
  return site;
}

pairing::Registrar make_registrar(const CaPlaces& places, const EnrolWish& wish, Enrolled& done) {
  const auto serial = std::make_shared<std::string>();
  pairing::Registrar registrar;
  registrar.grant = [places, wish, serial](const pairing::Request& request, const std::string& address) {
    return grant_to(places, wish, request, address, *serial);
  };
  registrar.enrol = [places, wish, serial, &done](const pairing::Request& request) -> Result<void> {
    const auto lock = ConfigLock::take(std::filesystem::absolute(places.site).parent_path());
    if (!lock) return lock.error();
    const NewDevice* device = wish.device ? &*wish.device : nullptr;
    if (auto written = enrol(places.site, request.agent, request.device_key, device); !written) return written;
    done.report.add(places.site.string() + ": " + request.agent.str() + " is enrolled with key " +
                    to_hex(request.device_key.bytes).substr(0, 8) + "…");
    const auto older = take_back_older(places, request.agent, *serial);
    if (!older) return older.error();
    done.took_back = *older;
    if (*older) done.report.add("its older certificates are taken back");
    return {};
  };
  return registrar;
}

}  // namespace balans::cli
