#pragma once
// Device files for people and programs: a list, one in full, and docs/devices.md.

#include <string>

#include "cli/catalogue.hpp"

namespace balans::cli {

std::string list_text(const Catalogue& catalogue);
std::string list_json(const Catalogue& catalogue);
/// The whole of docs/devices.md.
std::string list_markdown(const Catalogue& catalogue);

/// Everything of one file in plain words.
std::string show_text(const DeviceFile& file);

}  // namespace balans::cli
