#pragma once
// Runs the vectors of a device file through the real driver, and says what they leave unproved.

#include <filesystem>
#include <string>
#include <vector>

#include "common/io/device_file/device_file.hpp"

namespace balans {

struct Unproved {
  int line = 1;  ///< of the vector that does not hold; of the first for what no vector shows
  std::string what;
};

std::vector<Unproved> prove(const DeviceFile& file);

/// Loads and proves one file. Every error says `file:line: what`.
std::vector<Error> check_file(const std::filesystem::path& path);

}  // namespace balans
