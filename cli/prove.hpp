#pragma once
// Runs the vectors of a device file through the real driver, and says what they leave unproved.

#include <cstddef>
#include <string>
#include <vector>

#include "common/io/device_file/device_file.hpp"

namespace balans::cli {

struct Unproved {
  std::optional<std::size_t> vector;  ///< its place in the file; absent: something that no vector shows
  std::string what;
};

std::vector<Unproved> prove(const DeviceFile& file);

/// Loads and proves one file. Every error says `file:line: what`.
std::vector<Error> check_file(const std::filesystem::path& path);

}  // namespace balans::cli
