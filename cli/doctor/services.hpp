#pragma once
// The services that a machine has a configuration for, and what of it others look at.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/doctor/machine.hpp"
#include "common/io/mqtt/bus.hpp"

namespace balans::cli {

enum class Part : std::uint8_t { Trafo, Agent, Api };

struct Service {
  Part part = Part::Trafo;
  std::string name;     ///< "trafo", "api", or the agent's
  std::string unit;     ///< "balans-chargepoint@charger-1.service"
  std::string program;  ///< "balans-chargepoint"
  std::filesystem::path config;
  std::optional<std::filesystem::path> status_file;
  std::optional<std::filesystem::path> state_dir;
  std::vector<std::filesystem::path> keys;  ///< that it signs with
  std::optional<BrokerAddress> broker;      ///< paths are below the machine's root
  std::string site;
  bool sends_on = false;         ///< there is an api that its readings go to
  std::optional<Error> trouble;  ///< why what stands above is not complete
};

/// None has a configuration: an empty list.
std::vector<Service> services_of(const Machine& machine);

}  // namespace balans::cli
