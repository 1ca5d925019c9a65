#include "cli/catalogue.hpp"

#include <algorithm>

#include "common/io/config/config.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 2000;

Result<std::vector<fs::path>> files_of(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code failed;
  fs::recursive_directory_iterator entry(folder, failed);
  for (const fs::recursive_directory_iterator end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().extension() != ".yaml") continue;
    if (paths.size() == kMostFiles) return Error{folder.string(), "more than 2000 device files"};
    paths.push_back(entry->path());
  }
  if (failed) return Error{folder.string(), failed.message()};
  if (paths.empty()) return Error{folder.string(), "no device files here"};
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string name_of_path(const fs::path& path) { return (path.parent_path().filename() / path.stem()).string(); }

Error unknown(const std::string& name, const std::vector<fs::path>& paths) {
  std::string nearest;
  std::size_t distance = name.size() / 2 + 1;
  for (const fs::path& path : paths)
    for (const std::string& known : {name_of_path(path), path.stem().string()})
      if (const std::size_t away = config::edit_distance(name, known); away < distance) {
        distance = away;
        nearest = name_of_path(path);
      }
  const std::string hint = nearest.empty() ? "see `balans device list`" : "did you mean " + nearest + "?";
  return {name, "no such device file; " + hint};
}

}  // namespace

Result<fs::path> devices_folder(const std::optional<fs::path>& asked) {
  std::error_code ignored;
  if (asked) {
    if (fs::is_directory(*asked, ignored)) return *asked;
    return Error{asked->string(), "is not a folder"};
  }
  fs::path here = fs::path("config") / "devices";
  if (fs::is_directory(here, ignored)) return here;
  fs::path shared =
      fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path() / "share" / "balans" / "devices";
  if (fs::is_directory(shared, ignored)) return shared;
  return Error{"", "no folder of device files: neither " + here.string() + " nor " + shared.string() +
                       " is there; say --devices DIR"};
}

Result<Catalogue> load_catalogue(const fs::path& folder) {
  const Result<std::vector<fs::path>> paths = files_of(folder);
  if (!paths) return paths.error();
  Catalogue catalogue;
  for (const fs::path& path : *paths) {
    Result<DeviceFile> file = load_device_file(path);
    if (file)
      catalogue.files.push_back(std::move(*file));
    else
      catalogue.refused.push_back(file.error());
  }
  std::sort(catalogue.files.begin(), catalogue.files.end(),
            [](const DeviceFile& a, const DeviceFile& b) { return a.description.name < b.description.name; });
  return catalogue;
}

Result<DeviceFile> find_device(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  if (fs::is_regular_file(name, ignored)) return load_device_file(name);
  const Result<std::vector<fs::path>> paths = files_of(folder);
  if (!paths) return paths.error();
  std::vector<fs::path> found;
  for (const fs::path& path : *paths)
    if (name_of_path(path) == name || path.stem() == name) found.push_back(path);
  if (found.empty()) return unknown(name, *paths);
  if (found.size() > 1)
    return Error{name, "could be " + name_of_path(found[0]) + " or " + name_of_path(found[1]) + ": say which"};
  return load_device_file(found.front());
}

}  // namespace balans::cli
