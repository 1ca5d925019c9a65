#pragma once
// All device files of a folder.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/io/device_file/device_file.hpp"
#include "common/result.hpp"

namespace balans::cli {

/// `asked`, else config/devices below the current folder, else share/balans/devices beside the program.
Result<std::filesystem::path> devices_folder(const std::optional<std::filesystem::path>& asked);

struct Catalogue {
  std::vector<DeviceFile> files;  ///< by name
  std::vector<Error> refused;     ///< files that do not load: never left out in silence
};
/// An error when there is no such folder or no file in it.
Result<Catalogue> load_catalogue(const std::filesystem::path& folder);

/// A path ("my/meter.yaml"), a name ("meters/eastron_sdm630") or, where only one has it, its last part.
Result<DeviceFile> find_device(const std::filesystem::path& folder, const std::string& name);

}  // namespace balans::cli
