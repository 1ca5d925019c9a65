#include "cli/ca.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <system_error>

#include "cli/config_lock.hpp"
#include "cli/roster.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/files.hpp"
#include "common/messages/topics.hpp"

namespace balans::cli {
namespace {

int run_in_shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// The user that a service's key belongs to, on a machine with Balans installed.
std::string usual_owner(const IssueWish& wish) {
  if (!wish.hosts.empty()) return "mosquitto";
  return wish.name == topics::kTrafo ? "balans-trafo" : "balans-chargepoint";
}

Result<void> give_key(const std::filesystem::path& file, const IssueWish& wish) {
  if (wish.owner) return give_to(file, *wish.owner);
  const std::string usual = usual_owner(wish);
  if (::geteuid() != 0 || ::getpwnam(usual.c_str()) == nullptr) return {};
  return give_to(file, usual);
}

Result<pki::PrivateKey> load_or_make(const std::filesystem::path& file, Report& report) {
  if (is_there(file)) {
    report.add(file.string() + ": kept");
    return pki::PrivateKey::load(file);
  }
  pki::PrivateKey key = pki::PrivateKey::generate();
  if (const auto saved = key.save_new(file); !saved) return saved.error();
  report.add(file.string() + ": made");
  return key;
}

void tell(const CaPlaces& places, const std::string& command, Report& report) {
  if (command.empty()) return report.add("nothing was restarted: no command is set");
  const int code = places.run(command);
  if (code == 0) return report.add(command + ": done");
  report.fail(fmt::format("{}: exit code {}. Until that is done by hand, the old certificates count", command, code));
}

/// The newest certificate of each name that was not taken back and has not ended.
std::map<std::string, pki::Certificate> newest(const std::vector<pki::Issued>& all, UnixTime now) {
  std::map<std::string, pki::Certificate> found;
  for (const pki::Issued& one : all)  // by age within a name
    if (!one.revoked && one.certificate.ends > now) found.insert_or_assign(one.certificate.name, one.certificate);
  return found;
}

/// Writes `fresh` over a certificate of the same name whose key lies beside it. False where there is none.
Result<bool> replace_here(const std::filesystem::path& folder, const pki::Certificate& fresh) {
  const auto file = folder / (fresh.name + ".crt");
  if (!is_there(file) || !is_there(folder / (fresh.name + ".key"))) return false;
  const auto key = pki::PrivateKey::load(folder / (fresh.name + ".key"));
  if (!key) return key.error();
  if (!key->matches(fresh.pem)) return false;
  const auto old = pki::load_certificate(file);
  if (old && old->serial == fresh.serial) return false;
  if (const auto written = write_file_durably(file, fresh.pem, FileMode::Readable); !written) return written.error();
  return true;
}

Result<std::string> strike(const CaPlaces& places, const AgentId& id) {
  const auto site = read_site_identity(places.site);
  if (!site) return site.error();
  const RosterEntry* entry = site->find(id);
  if (entry == nullptr) return places.site.string() + ": " + id.str() + " is not enrolled, so no key is struck";
  const auto added = add_revoked_key(site->revoked_file, {entry->key, places.now(), id});
  if (!added) return added.error();
  return site->revoked_file.string() + (*added == Added::Now ? ": its key is struck" : ": its key was struck before");
}

/// A name that was mistyped takes nothing back. Where that cannot be told, it is taken for known.
bool is_known(const CaPlaces& places, const pki::Authority& authority, const AgentId& id) {
  const auto site = read_site_identity(places.site);
  if (!site || site->find(id) != nullptr) return true;
  const auto issued = authority.issued();
  return !issued ||
         std::ranges::any_of(*issued, [&](const pki::Issued& each) { return each.certificate.name == id.str(); });
}

}  // namespace

CaPlaces installed_places() {
  CaPlaces places;
  places.run = run_in_shell;
  places.now = [] { return SystemClock().utc(); };
  return places;
}

Result<void> make_open_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  if (std::filesystem::is_directory(folder, problem)) return {};
  std::filesystem::create_directories(folder, problem);
  if (problem) return Error{folder.string(), "cannot be made: " + problem.message()};
  if (::chmod(folder.c_str(), 0755) != 0) return Error{folder.string(), "cannot be given its mode"};
  return {};
}

Result<void> give_to(const std::filesystem::path& file, const std::string& user) {
  const passwd* account = ::getpwnam(user.c_str());
  if (account == nullptr) return Error{user, "is not a user of this machine"};
  if (::lchown(file.c_str(), account->pw_uid, account->pw_gid) != 0)
    return Error{file.string(), "cannot be given to " + user + ": " + std::generic_category().message(errno)};
  return {};
}

Result<void> lay_beside_broker(const CaPlaces& places, const pki::Authority& authority) {
  const auto crl = authority.crl();
  if (!crl) return crl.error();
  for (const auto& folder : {places.broker, places.tls}) {
    if (const auto made = make_open_folder(folder); !made) return made.error();
    const auto written = write_file_durably(folder / "ca.crt", authority.certificate().pem, FileMode::Readable);
    if (!written) return written.error();
  }
  return write_file_durably(places.broker / "ca.crl", *crl, FileMode::Readable);
}

Result<Report> ca_init(const CaPlaces& places, const std::string& site) {
  const auto name = SiteId::parse(site);
  if (!name) return name.error();
  const auto authority = pki::Authority::create(places.ca, name->str(), places.now());
  if (!authority) return authority.error();
  if (const auto laid = lay_beside_broker(places, *authority); !laid) return laid.error();
  Report report;
  report.add(places.ca.string() + ": the authority of " + site + ". Keep a copy of this folder under lock and key");
  report.add((places.broker / "ca.crt").string() + ", " + (places.broker / "ca.crl").string() + ": for the broker");
  report.add((places.tls / "ca.crt").string() + ": for the services");
  return report;
}

Result<Report> ca_issue(const CaPlaces& places, const IssueWish& wish) {
  const auto name = AgentId::parse(wish.name);
  if (!name) return name.error();
  auto authority = pki::Authority::open(places.ca);
  if (!authority) return authority.error();
  const auto folder = wish.out.value_or(wish.hosts.empty() ? places.tls : places.broker);
  if (const auto made = make_open_folder(folder); !made) return made.error();
  Report report;
  const auto key_file = folder / (wish.name + ".key");
  auto key = load_or_make(key_file, report);
  if (!key) return key.error();
  if (const auto given = give_key(key_file, wish); !given) return given.error();
  const auto certificate = wish.hosts.empty() ? authority->issue_client(wish.name, *key, places.now())
                                              : authority->issue_server(wish.name, wish.hosts, *key, places.now());
  if (!certificate) return certificate.error();
  const auto file = folder / (wish.name + ".crt");
  if (const auto done = write_file_durably(file, certificate->pem, FileMode::Readable); !done) return done.error();
  const auto ca = write_file_durably(folder / "ca.crt", authority->certificate().pem, FileMode::Readable);
  if (!ca) return ca.error();
  report.add(file.string() + ": made, serial " + certificate->serial);
  return report;
}

Result<std::vector<pki::Issued>> ca_list(const CaPlaces& places) {
  const auto authority = pki::Authority::open(places.ca);
  if (!authority) return authority.error();
  return authority->issued();
}

Result<Report> ca_renew(const CaPlaces& places, Which which) {
  auto authority = pki::Authority::open(places.ca);
  if (!authority) return authority.error();
  const auto all = authority->issued();
  if (!all) return all.error();
  Report report;
  bool broker_changed = false, services_changed = false;
  for (const auto& [name, current] : newest(*all, places.now())) {
    pki::Certificate certificate = current;
    const bool renewed = which == Which::All || pki::due_for_renewal(current, places.now());
    if (renewed) {
      auto fresh = authority->renew(current, places.now());
      if (!fresh) return fresh.error();
      certificate = *std::move(fresh);
    }
    const auto at_broker = replace_here(places.broker, certificate);
    if (!at_broker) return at_broker.error();
    const auto at_services = replace_here(places.tls, certificate);
    if (!at_services) return at_services.error();
    broker_changed = broker_changed || *at_broker;
    services_changed = services_changed || *at_services;
    if (*at_broker || *at_services)
      report.add(name + ": renewed and in its place");
    else if (renewed)
      report.add(name + ": renewed; its key is elsewhere, so take " +
                 (places.ca / "certificates" / (certificate.serial + ".crt")).string() +
                 " there (it is no secret), or pair it again");
  }
  if (broker_changed) tell(places, places.restart_broker, report);
  if (services_changed) tell(places, places.reload_services, report);
  if (report.lines.empty()) report.add("nothing is due");
  return report;
}

Result<Report> ca_revoke(const CaPlaces& places, const std::string& name) {
  const auto id = AgentId::parse(name);
  if (!id) return id.error();
  auto authority = pki::Authority::open(places.ca);
  if (!authority) return authority.error();
  if (!is_known(places, *authority, *id))
    return Error{name, "is not enrolled and has no certificate of this site; `balans ca list` names those who have"};
  const auto lock = ConfigLock::take(std::filesystem::absolute(places.site).parent_path());
  if (!lock) return lock.error();
  // The controller first: it reads the list within a tick, whatever becomes of the rest.
  Report report;
  if (const auto struck = strike(places, *id))
    report.add(*struck);
  else
    report.fail(struck.error().message() + ". Its key is still trusted");
  const auto revoked = authority->revoke(name, places.now());
  if (!revoked) return revoked.error();
  report.add(fmt::format("{}: {} certificates taken back", places.ca.string(), revoked->size()));
  if (const auto laid = lay_beside_broker(places, *authority); !laid) return laid.error();
  report.add((places.broker / "ca.crl").string() + ": written anew");
  // A client that is connected stays so when the list is only reloaded.
  tell(places, places.restart_broker, report);
  return report;
}

}  // namespace balans::cli
