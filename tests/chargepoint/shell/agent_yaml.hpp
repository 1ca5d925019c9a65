#pragma once
// The example of an agent's file with some of its texts replaced.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "chargepoint/shell/agent_file.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::test {

using Edits = std::vector<std::pair<std::string, std::string>>;

/// `devices`: a folder of device files of the test's own, or that of the project.
inline Result<AgentFile> load_agent_with(const Edits& edits, const std::filesystem::path& devices = "config/devices") {
  std::ifstream example("config/agent.yaml");
  std::stringstream stream;
  stream << example.rdbuf();
  std::string text = stream.str();
  const auto replace = [&text](const std::string& old, const std::string& with) {
    const std::size_t at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    if (at != std::string::npos) text.replace(at, old.size(), with);
  };
  replace("devices_dir: ../config/devices", "devices_dir: " + std::filesystem::absolute(devices).string());
  for (const auto& [from, to] : edits) replace(from, to);
  const TempFolder folder;
  const auto path = folder.path() / "agent.yaml";
  std::ofstream(path) << text;
  return load_agent(path);
}

inline std::string problem_of_agent(const Edits& edits, const std::filesystem::path& devices = "config/devices") {
  const auto loaded = load_agent_with(edits, devices);
  return loaded ? "" : loaded.error().message();
}

}  // namespace balans::test
