#pragma once
// A controller's machine for one test: its folders, its config, its authority, and a broker that is only told to
// restart.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/ca.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli::test {

class ControllerMachine {
 public:
  explicit ControllerMachine(const std::string& agents = "agents: []\n") {
    places.ca = folder / "ca";
    places.broker = folder / "broker";
    places.tls = folder / "tls";
    places.site = folder / "site.yaml";
    places.restart_broker = "restart the broker";
    places.reload_services = "reload the services";
    places.run = [this](const std::string& command) {
      commands.push_back(command);
      return exit_code;
    };
    places.now = [this] { return now; };
    const std::string text = "site: elm-street\ndeployment: \"" + std::string(64, '7') +
                             "\"\nkeys: { trafo: trafo.key, site: site.key }\n"
                             "broker: { host: 127.0.0.1, port: 8883 }\n" +
                             agents;
    EXPECT_TRUE(replace_file(places.site, text, FileMode::Readable));
    EXPECT_TRUE(create_key_file(folder / "trafo.key"));
  }

  /// The authority, and the broker's certificate.
  void install(const std::vector<std::string>& hosts = {"127.0.0.1", "trafo.lan"}) {
    ASSERT_TRUE(ca_init(places, "elm-street"));
    const auto issued = ca_issue(places, {"broker", hosts, {}, {}});
    ASSERT_TRUE(issued) << issued.error().message();
  }

  balans::test::TempFolder folder;
  CaPlaces places;
  std::vector<std::string> commands;
  int exit_code = 0;
  UnixTime now{1'790'000'000'000};
};

}  // namespace balans::cli::test
