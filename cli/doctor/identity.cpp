// Keys, certificates, and whether the broker takes them.

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

#include "cli/check/check.hpp"
#include "cli/doctor/checks.hpp"
#include "common/io/mqtt/bus.hpp"
#include "common/io/pki/authority.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::chrono::seconds kPatience{8};
constexpr const char* kAuthority = "/etc/balans/ca";

// ---- keys ----

const char* user_of(Part part) {
  switch (part) {
    case Part::Trafo:
      return "balans-trafo";
    case Part::Agent:
      return "balans-chargepoint";
    case Part::Api:
      break;
  }
  return "balans-api";
}

/// What its service has to be able to read beside its config.
std::vector<fs::path> files_of(const Service& service) {
  std::vector<fs::path> files = service.keys;
  if (service.broker && service.broker->tls) {
    files.push_back(service.broker->tls->ca);
    if (service.broker->tls->key) files.push_back(*service.broker->tls->key);
  }
  return files;
}

/// `user` empty: root's or the broker's, whose name is not looked at.
Finding key_file(const fs::path& file, const std::string& user) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0)
    return failure(fmt::format("key {}: {}", file.string(), std::generic_category().message(errno)),
                   "sudo ls -l " + file.parent_path().string());
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return failure(fmt::format("key {}: others may read it (mode {:04o})", file.string(), found.st_mode & 07777),
                   "sudo chmod 600 " + file.string());
  const passwd* owner = user.empty() ? nullptr : ::getpwnam(user.c_str());
  if (owner != nullptr && found.st_uid != owner->pw_uid)
    return failure(fmt::format("key {}: does not belong to {}, which cannot read it", file.string(), user),
                   fmt::format("sudo chown {} {}", user, file.string()));
  return ok(fmt::format("key {}: its service's alone", file.string()));
}

// ---- certificates ----

struct Known {
  std::set<std::string> revoked;  ///< serial numbers
};

Known known_to_authority(const Machine& machine, Findings& findings) {
  Known known;
  const fs::path folder = machine.at(kAuthority);
  std::error_code ignored;
  if (!fs::exists(folder / "ca.crt", ignored) || !machine.is_root()) return known;
  const auto authority = pki::Authority::open(folder);
  const auto issued = authority ? authority->issued() : Result<std::vector<pki::Issued>>(authority.error());
  if (!issued) {
    findings.push_back(failure("authority: " + issued.error().message(), "sudo balans ca list"));
    return known;
  }
  for (const pki::Issued& one : *issued)
    if (one.revoked) known.revoked.insert(one.certificate.serial);
  const auto list = authority->crl();
  const auto laid = read_small_file(machine.at("/etc/balans/broker/ca.crl"));
  if (list && (!laid || *laid != *list))
    findings.push_back(failure("authority: the broker's list of revoked certificates is not the newest",
                               "sudo balans ca renew && sudo systemctl restart mosquitto"));
  return known;
}

std::string days_left(const pki::Certificate& certificate, UnixTime now) {
  return fmt::format("{} days left", (certificate.ends - now).count() / kDayMs);
}

Finding certificate(const Machine& machine, const std::string& whose, const fs::path& file, const fs::path& ca_file,
                    const Known& known) {
  const std::string name = whose == "broker" ? "broker" : whose;
  const std::string again = whose == "broker" ? "sudo balans ca issue broker --host ADDRESS"
                                              : fmt::format("sudo balans ca issue {} (or pair it anew)", name);
  const auto found = pki::load_certificate(file);
  if (!found) return failure(fmt::format("certificate of {}: {}", name, found.error().message()), again);
  const auto ca = pki::load_certificate(ca_file);
  if (!ca)
    return failure("certificate of the authority: " + ca.error().message(), "sudo balans pair ADDRESS --name NAME");
  const UnixTime now = machine.now();
  const std::string title = fmt::format("certificate of {}", name);
  if (!pki::signed_by(*found, *ca)) return failure(title + ": is not of this site's authority", again);
  if (known.revoked.contains(found->serial)) return failure(title + ": was taken back", again);
  if (found->name != name) return failure(fmt::format("{}: stands for {}", title, found->name), again);
  if (now >= found->ends) return failure(title + ": has ended", "sudo balans ca renew");
  if (now < found->begins) return failure(title + ": begins only later: is the clock right?", "timedatectl");
  if (now >= ca->ends) return failure("certificate of the authority: has ended", "make a new site: docs/identity.md");
  if (pki::due_for_renewal(*found, now))
    return warning(fmt::format("{}: less than a third of its life, {}", title, days_left(*found, now)),
                   "sudo balans ca renew (on the controller's machine)");
  return ok(fmt::format("{}: {}", title, days_left(*found, now)));
}

// ---- broker ----

/// One connection with a name of its own, so that nobody else is pushed off.
Result<void> greet(const Service& service) {
  std::mutex mutex;
  std::condition_variable heard;
  std::optional<BusEvent> answer;
  BusOptions options;
  options.broker = *service.broker;
  options.client_id = fmt::format("{}-{}-doctor", service.site, service.name);
  const auto bus = make_bus(options, [&](BusEvent event) {
    const std::lock_guard lock(mutex);
    if (!answer) answer = std::move(event);
    heard.notify_all();
  });
  std::unique_lock lock(mutex);
  if (!heard.wait_for(lock, kPatience, [&] { return answer.has_value(); })) return Error{"", "does not answer"};
  if (const auto* lost = std::get_if<BusLost>(&*answer)) return Error{"", lost->reason};
  return {};
}

Finding broker_of(const Service& service) {
  const BrokerAddress& broker = *service.broker;
  const std::string whom = fmt::format("broker {}:{} as {}", broker.host, broker.port, service.name);
  const auto greeted = greet(service);
  if (greeted && !broker.tls)
    return warning(whom + ": answers, without TLS", "sudo ./install.sh trafo (it switches the broker to TLS)");
  if (greeted) return ok(whom + ": answers and takes its certificate");
  return failure(fmt::format("{}: {}", whom, greeted.error().message()),
                 "systemctl status mosquitto; journalctl -u mosquitto -n 20 --no-pager (on the broker's machine); "
                 "sudo balans ca list");
}

}  // namespace

Findings check_keys(const Machine& machine, const Services& services) {
  Findings findings;
  for (const Service& service : services) {
    append(findings, check_access(machine.at("/etc/balans"), service.config, files_of(service), user_of(service.part)));
    for (const fs::path& key : service.keys) findings.push_back(key_file(key, user_of(service.part)));
    if (service.broker && service.broker->tls && service.broker->tls->key)
      findings.push_back(key_file(*service.broker->tls->key, user_of(service.part)));
  }
  if (machine.has("/etc/balans/broker/broker.key"))
    findings.push_back(key_file(machine.at("/etc/balans/broker/broker.key"), "mosquitto"));
  if (machine.has("/etc/balans/ca/ca.key")) findings.push_back(key_file(machine.at("/etc/balans/ca/ca.key"), "root"));
  return findings;
}

Findings check_certificates(const Machine& machine, const Services& services) {
  Findings findings;
  const Known known = known_to_authority(machine, findings);
  for (const Service& service : services)
    if (service.broker && service.broker->tls && service.broker->tls->certificate)
      findings.push_back(
          certificate(machine, service.name, *service.broker->tls->certificate, service.broker->tls->ca, known));
  const fs::path broker = machine.at("/etc/balans/broker");
  if (machine.has("/etc/balans/broker/broker.crt"))
    findings.push_back(certificate(machine, "broker", broker / "broker.crt", broker / "ca.crt", known));
  return findings;
}

Findings check_broker(const Machine&, const Services& services) {
  Findings findings;
  for (const Service& service : services)
    if (service.broker && !service.trouble) findings.push_back(broker_of(service));
  return findings;
}

}  // namespace balans::cli
