#pragma once
// What `balans ca` does, apart from its command line.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/io/pki/authority.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::cli {

/// Where things lie, who is told, and what time it is: all that a test sets differently.
struct CaPlaces {
  std::filesystem::path ca = "/etc/balans/ca";  ///< nobody's but the administrator's
  std::filesystem::path broker =
      "/etc/balans/broker";                       ///< what the broker reads: ca.crt, ca.crl, broker.crt, broker.key
  std::filesystem::path tls = "/etc/balans/tls";  ///< what the services read: ca.crt, NAME.crt, NAME.key
  std::filesystem::path site = "/etc/balans/site.yaml";
  std::string restart_broker = "systemctl try-restart mosquitto.service";
  std::string reload_services = "systemctl try-reload-or-restart balans-trafo.service 'balans-chargepoint@*.service'";
  std::function<int(const std::string&)> run;  ///< runs a command, gives its exit code
  std::function<UnixTime()> now;
};

/// As `places` are on a machine with Balans installed.
CaPlaces installed_places();

/// What was done, a line for each thing.
struct Report {
  std::vector<std::string> lines;
  bool complete = true;  ///< false: a line says what has to be done by hand

  void add(std::string line) { lines.push_back(std::move(line)); }
  void fail(std::string line) {
    lines.push_back("FAILED: " + std::move(line));
    complete = false;
  }
};

/// Makes the authority and lays its certificate and an empty list beside broker and services.
Result<Report> ca_init(const CaPlaces& places, const std::string& site);

struct IssueWish {
  std::string name;
  std::vector<std::string> hosts;            ///< with hosts it is a server's certificate
  std::optional<std::filesystem::path> out;  ///< default: the broker's or the services' folder
  std::optional<std::string> owner;          ///< default: the service's user, where there is one
};
/// A key, unless there is one already, and its certificate.
Result<Report> ca_issue(const CaPlaces& places, const IssueWish& wish);

Result<std::vector<pki::Issued>> ca_list(const CaPlaces& places);
std::string ca_list_text(const std::vector<pki::Issued>& issued, UnixTime now);
std::string ca_list_json(const std::vector<pki::Issued>& issued, UnixTime now);

enum class Which : std::uint8_t { Due, All };
/// Renews what is past two thirds of its life, puts it where this machine's services read it, and tells them.
Result<Report> ca_renew(const CaPlaces& places, Which which);

/// Strikes the agent's key from those the controller trusts, takes its certificates back and restarts the broker. A
/// step that fails keeps no other from being done, and each is done again when the command is given again.
Result<Report> ca_revoke(const CaPlaces& places, const std::string& name);

/// Copies of the authority's certificate and list for the broker, who may not read the authority's folder.
Result<void> lay_beside_broker(const CaPlaces& places, const pki::Authority& authority);

/// A folder that others may enter: each file in it says for itself who may read it.
Result<void> make_open_folder(const std::filesystem::path& folder);

/// Gives a file to a user, by name, where this process may and the user exists.
Result<void> give_to(const std::filesystem::path& file, const std::string& user);

}  // namespace balans::cli
