#pragma once
// Where data is looked for when no file is named.

#include <filesystem>

namespace balans::sim {

/// BALANS_DATA_DIR, or ../shared/data.
std::filesystem::path default_data_dir();

}  // namespace balans::sim
