#pragma once
// A site.yaml for one test: the smallest one, with what the test adds to it.

#include <fstream>
#include <string>

#include "tests/support/temp_folder.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans::test {

struct SiteText {
  std::string rating = "static";
  std::string transformer;  ///< more lines of the section, each with two spaces before it
  std::string root;         ///< more sections
  std::string agent;        ///< more lines of the one agent, each with four spaces before it

  [[nodiscard]] std::string text() const {
    const std::string zeros(64, '0');
    return "site: elm-street\ndeployment: \"" + zeros +
           "\"\nkeys: { trafo: trafo.key, site: site.key }\nbroker: { host: 127.0.0.1, port: 1883 }\nstate_dir: state\n"
           "devices_dir: devices\ntransformer:\n  rated_kva: 250\n  design_peak_base_a: 160\n  rating: " +
           rating + "\n" + transformer + "meter: { device: meters/any, tcp: { host: 10.0.0.5 } }\n" + root +
           "agents:\n  - id: charger-1\n    key: \"" + zeros +
           "\"\n    kind: charger\n    phases: [L1, L2, L3]\n    max_a: 16\n    revert_s: none\n" + agent;
  }

  [[nodiscard]] Result<SiteFile> load() const {
    const TempFolder folder;
    const auto path = folder.path() / "site.yaml";
    std::ofstream(path) << text();
    return load_site(path);
  }

  /// What is wrong with it, from the file's name on; empty when nothing is.
  [[nodiscard]] std::string problem() const {
    const auto loaded = load();
    if (loaded) return "";
    const std::string message = loaded.error().message();
    return message.substr(message.find("site.yaml"));
  }
};

}  // namespace balans::test
