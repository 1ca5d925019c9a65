#pragma once
// balans-trafo and balans-chargepoint with every secret that they can hold, beside a meter and a device that are not
// there, and a broker that never says a word.

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/secrets/door.hpp"
#include "tests/secrets/keeping.hpp"

namespace balans::test {

inline const std::string kBrokerPassword = "Rw4kTz7nQe2vYm9xHb6d";
inline const std::string kApiPassword = "Jp5cVg8sXq3rNf1wLu7z";

class SitePrograms {
 public:
  SitePrograms() {
    search.plant(keep_key(folder / "trafo.key", "the controller's key"));
    search.plant(keep_key(folder / "site.key", "the site's key"));
    search.plant(keep_key(folder / "device.key", "the device's key"));
    search.plant(keep_certificate(folder.path()));
    write_private(folder / "password", kBrokerPassword + "\n");
    search.plant(Planted::text("the broker's password", kBrokerPassword));
    search.plant(Planted::text("the password for the api", kApiPassword));
    write_site();
    write_agent();
  }

  void write_site(const std::string& trafo_key = "trafo.key", const std::string& rated = "250") const {
    std::ofstream(folder / "site.yaml")
        << "site: elm-street\n"
        << shared << "keys: { trafo: \"" << trafo_key << "\", site: site.key }\n"
        << "state_dir: trafo-state\nmeter: { device: meters/eastron_sdm630, tcp: { host: 127.0.0.1, port: 1 } }\n"
        << "transformer: { rated_kva: " << rated << ", design_peak_base_a: 160, rating: static }\n"
        << "api: { url: \"http://site:" << kApiPassword << "@127.0.0.1:1/\" }\n"
        << "agents:\n  - { id: charger-1, key: \"" << std::string(64, '1')
        << "\", kind: charger, phases: [L1, L2, L3], max_a: 16, failsafe_a: 6, device_fallback_a: 0, revert_s: 60 }\n";
  }
  void write_agent(const std::string& device_key = "device.key", const std::string& max = "16") const {
    std::ofstream(folder / "agent.yaml")
        << "agent: charger-1\nsite: elm-street\n"
        << shared << "keys: { device: \"" << device_key << "\", trafo: \"" << std::string(64, '3')
        << "\" }\nstate_dir: agent-state\nkind: charger\nphases: [L1, L2, L3]\n"
        << "device: { file: chargers/alfen_eve, tcp: { host: 127.0.0.1, port: 1 }, unit: 1 }\n"
        << "min_a: 6\nmax_a: " << max << "\nstep_a: 0.1\nfailsafe_a: 6\nrevert_s: 60\ndevice_fallback_a: 0\n";
  }
  /// `settings` of its environment.
  [[nodiscard]] Watched start(const std::string& name, const Watched::Words& settings = {}) const {
    const std::string config = name == "balans-trafo" ? "site.yaml" : "agent.yaml";
    return Watched(folder.path(), {program(name), "--config", config, "--events", events(name)}, settings);
  }
  [[nodiscard]] static std::string events(const std::string& name) { return name + ".jsonl"; }

  const TempFolder folder;
  Search search;
  Door broker;

 private:
  const std::string shared = "deployment: \"" + std::string(64, '7') +
                             "\"\nbroker: { host: 127.0.0.1, port: " + std::to_string(broker.port()) +
                             ", username: x, password_file: password, "
                             "tls: { ca: tls.crt, cert: tls.crt, key: tls.key } }\ndevices_dir: \"" +
                             std::filesystem::absolute("config/devices").string() + "\"\n";
};

inline const std::vector<std::string> kSitePrograms{"balans-trafo", "balans-chargepoint"};

}  // namespace balans::test
