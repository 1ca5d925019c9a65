#pragma once
// api.yaml.

#include <cstdint>
#include <filesystem>
#include <string>

#include "api/core/roster.hpp"

namespace balans::api {

struct Config {
  std::string host;
  std::uint16_t port = 0;
  std::filesystem::path database;
  Roster roster;
};

Result<Config> load_config(const std::filesystem::path& file);

}  // namespace balans::api
