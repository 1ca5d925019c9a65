// Key files and certificates.
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "cli/check/check.hpp"
#include "common/io/pki/certificate.hpp"
#include "common/io/pki/private_key.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/topics.hpp"

namespace balans::cli {
namespace {

constexpr const char* kTrafoUser = "balans-trafo";
constexpr const char* kAgentUser = "balans-chargepoint";

std::int64_t days_left(UnixTime end, UnixTime now) { return (end - now) / 86'400_s; }

/// Mode 0600, and on a machine with Balans installed the service's own.
Findings check_private_file(const std::filesystem::path& file, const std::string& user) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return {};  // whoever reads it has said so
  const std::string name = file.string();
  if ((info.st_mode & 0077U) != 0)
    return {failure(fmt::format("{}: mode {:04o}, so others can read it", name, info.st_mode & 07777U),
                    "chmod 600 " + name + ". Who could read it may have it: think of making a new one")};
  const passwd* account = ::getpwnam(user.c_str());
  if (account != nullptr && info.st_uid != account->pw_uid)
    return {failure(name + ": does not belong to " + user + ", so its service cannot read it",
                    "chown " + user + ": " + name)};
  return {};
}

/// The service reads it as its own user.
Findings check_config_file(const std::filesystem::path& file, const std::string& user) {
  struct stat info {};
  const passwd* account = ::getpwnam(user.c_str());
  if (::stat(file.c_str(), &info) != 0) return {};
  if ((info.st_mode & 0002U) != 0)
    return {failure(fmt::format("{}: mode {:04o}, so anybody can change it", file.string(), info.st_mode & 07777U),
                    "look what it says, then: chmod 640 " + file.string())};
  if (account == nullptr) return {};
  const bool by_all = (info.st_mode & 0004U) != 0;
  const bool by_group = (info.st_mode & 0040U) != 0 && info.st_gid == account->pw_gid;
  if (by_all || by_group || info.st_uid == account->pw_uid) return {};
  return {failure(file.string() + ": " + user + " cannot read it",
                  "chgrp " + user + " " + file.string() + " && chmod 640 " + file.string())};
}

/// Folders of the configuration that `user` cannot pass on the way to `file`.
Findings check_way(const std::filesystem::path& config, const std::filesystem::path& file, const std::string& user) {
  const passwd* account = ::getpwnam(user.c_str());
  const auto top = config.lexically_normal();
  if (account == nullptr) return {};
  for (auto folder = file.lexically_normal().parent_path();; folder = folder.parent_path()) {
    const auto from_top = folder.lexically_relative(top);
    if (from_top.empty() || *from_top.begin() == "..") return {};  // not of the configuration
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) return {};
    const unsigned bit = info.st_uid == account->pw_uid ? 0100U : info.st_gid == account->pw_gid ? 0010U : 0001U;
    if ((info.st_mode & bit) == 0)
      return {failure(fmt::format("{}: mode {:04o}, so {} cannot reach {} in it", folder.string(),
                                  info.st_mode & 07777U, user, file.lexically_normal().string()),
                      "chmod o+x " + folder.string())};
  }
}

/// Who can read one of these can let anybody in.
Findings check_authority(const std::filesystem::path& config) {
  Findings findings;
  for (const auto& key : {config / "ca" / "ca.key", config / "broker" / "broker.key"})
    append(findings, check_private_file(key, ""));
  struct stat info {};
  const auto folder = config / "ca";
  if (::stat(folder.c_str(), &info) == 0 && (info.st_mode & 0077U) != 0)
    findings.push_back(
        failure(fmt::format("{}: mode {:04o}, and it is root's alone", folder.string(), info.st_mode & 07777U),
                "chmod 700 " + folder.string()));
  return findings;
}

struct TlsOwner {
  std::string name;  ///< whose certificate it has to be
  std::string user;
  std::string remedy;
};

Findings check_certificate(const pki::Certificate& it, const BrokerFacts& broker, const TlsOwner& owner, UnixTime now) {
  const std::string file = broker.certificate->string();
  if (it.name != owner.name)
    return {failure(
        file + ": is of '" + it.name + "', and the broker would take it for that; expected '" + owner.name + "'",
        owner.remedy)};
  if (it.usage != pki::Usage::Client) return {failure(file + ": is not for a client", owner.remedy)};
  const auto ca = pki::load_certificate(*broker.ca);
  if (!ca) return {failure(ca.error().message(), owner.remedy)};
  if (!pki::signed_by(it, *ca))
    return {failure(file + ": was not signed by the authority in " + broker.ca->string(), owner.remedy)};
  if (it.ends <= now) return {failure(file + ": has ended", "balans ca renew")};
  const auto key = pki::PrivateKey::load(*broker.key);
  if (!key) return {failure(key.error().message(), owner.remedy)};
  if (!key->matches(it.pem)) return {failure(file + ": is not of the key in " + broker.key->string(), owner.remedy)};
  const std::string left = fmt::format("{}: of '{}', {} days left", file, it.name, days_left(it.ends, now));
  if (it.begins > now) return {warning(left + ", but begins later than this machine's clock", "set the clock")};
  return {pki::due_for_renewal(it, now) ? warning(left, "balans ca renew") : ok(left)};
}

Findings check_tls(const std::filesystem::path& config, const BrokerFacts& broker, const TlsOwner& owner,
                   UnixTime now) {
  if (!broker.ca || !broker.certificate || !broker.key)
    return {warning(config.string() + ": speaks to the broker without a certificate of its own",
                    "add tls: { ca, cert, key } to its broker")};
  Findings findings;
  if (const auto certificate = pki::load_certificate(*broker.certificate); certificate)
    findings = check_certificate(*certificate, broker, owner, now);
  else
    findings.push_back(failure(certificate.error().message(), owner.remedy));
  append(findings, check_private_file(*broker.key, owner.user));
  return findings;
}

/// The broker's certificate names what agents of this machine reach it by.
Findings check_broker_names(const CheckPlaces& places, const Facts& facts) {
  Findings findings;
  const auto file = places.config / "broker" / "broker.crt";
  const auto certificate = pki::load_certificate(file);
  if (!certificate || !facts.site) return findings;  // the broker is elsewhere, or not set up yet
  std::vector<std::pair<std::filesystem::path, std::string>> hosts{{facts.site->file, facts.site->broker.host}};
  for (const AgentFacts& agent : facts.agents) hosts.emplace_back(agent.file, agent.broker.host);
  for (const auto& [config, host] : hosts)
    if (std::ranges::find(certificate->hosts, host) == certificate->hosts.end())
      findings.push_back(failure(config.string() + ": the broker's certificate does not name " + host,
                                 "balans ca issue broker --host " + host + " (and each other name it is reached by)"));
  if (certificate->ends <= places.now) findings.push_back(failure(file.string() + ": has ended", "balans ca renew"));
  return findings;
}

std::vector<std::filesystem::path> with_tls(std::vector<std::filesystem::path> files, const BrokerFacts& broker) {
  for (const auto& file : {broker.ca, broker.key})
    if (file) files.push_back(*file);
  return files;
}

Findings check_site(const CheckPlaces& places, const SiteFacts& site) {
  Findings findings =
      check_access(places.config, site.file, with_tls({site.trafo_key, site.site_key}, site.broker), kTrafoUser);
  for (const auto& key : {site.trafo_key, site.site_key}) append(findings, check_private_file(key, kTrafoUser));
  append(findings, check_tls(site.file, site.broker,
                             {std::string(topics::kTrafo), kTrafoUser, "install.sh trafo, or: balans ca issue trafo"},
                             places.now));
  return findings;
}

enum class Authority : std::uint8_t { Elsewhere, NotYet, Here };

Authority authority_of(const CheckPlaces& places, const Facts& facts) {
  std::error_code ignored;
  if (!facts.site) return Authority::Elsewhere;
  return std::filesystem::exists(places.config / "ca", ignored) ? Authority::Here : Authority::NotYet;
}

std::string certificate_remedy(const std::string& name, Authority authority) {
  const std::string issue = "balans ca issue " + name + " --owner " + kAgentUser;
  if (authority == Authority::Elsewhere) return "balans pair HOST --name " + name;
  return authority == Authority::Here ? issue : "install.sh trafo, which makes the site's authority; then: " + issue;
}

Findings check_agent(const CheckPlaces& places, const AgentFacts& agent, Authority authority) {
  const std::string& name = agent.agent.str();
  Findings findings = check_access(places.config, agent.file, with_tls({agent.device_key}, agent.broker), kAgentUser);
  append(findings, check_private_file(agent.device_key, kAgentUser));
  const std::string remedy = certificate_remedy(name, authority);
  append(findings, check_tls(agent.file, agent.broker, {name, kAgentUser, remedy}, places.now));
  return findings;
}

}  // namespace

Findings check_access(const std::filesystem::path& config, const std::filesystem::path& file,
                      const std::vector<std::filesystem::path>& needed, const std::string& user) {
  Findings findings = check_config_file(file, user);
  std::vector<std::filesystem::path> all{file};
  all.insert(all.end(), needed.begin(), needed.end());
  std::set<std::filesystem::path> folders;  // each is told once
  for (const auto& one : all)
    if (folders.insert(one.lexically_normal().parent_path()).second) append(findings, check_way(config, one, user));
  return findings;
}

Findings check_identities(const CheckPlaces& places, const Facts& facts) {
  Findings findings;
  if (facts.site) append(findings, check_site(places, *facts.site));
  for (const AgentFacts& agent : facts.agents)
    append(findings, check_agent(places, agent, authority_of(places, facts)));
  if (facts.api) append(findings, check_access(places.config, facts.api->file, {}, "balans-api"));
  append(findings, check_broker_names(places, facts));
  append(findings, check_authority(places.config));
  return findings;
}

}  // namespace balans::cli
