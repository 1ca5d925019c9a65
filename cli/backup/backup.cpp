#include "cli/backup/backup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "cli/backup/archive.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/config/config.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

/// What belongs to a database, or was being written when a program was stopped.
bool is_left_out(const std::string& name) {
  const auto ends = [&name](const char* end) { return name.ends_with(end); };
  return ends(".sqlite-wal") || ends(".sqlite-shm") || ends(".sqlite-journal") || ends(".new");
}

Result<void> copy_one(const fs::path& from, const fs::path& to) {
  if (is_database(from)) {
    auto database = sqlite::Database::open_existing(from);
    if (!database) return database.error();
    if (auto copied = database->copy_to(to); !copied) return copied;
    auto copy = sqlite::Database::open_existing(to);
    return copy ? copy->check() : Result<void>(copy.error());
  }
  std::error_code problem;
  // A file that is replaced meanwhile is copied as it was: whoever writes here renames a whole one into its place.
  fs::copy_file(from, to, problem);
  if (problem) return Error{from.string(), "cannot be copied: " + problem.message()};
  return {};
}

/// Copies one tree into the stage and tells what it has.
class TreeCopy {
 public:
  TreeCopy(const fs::path& root, const fs::path& stage, Manifest& manifest, Report& report)
      : root_(root), stage_(stage), manifest_(manifest), report_(report) {}

  Result<void> copy(const fs::path& path) {
    std::error_code problem;
    const fs::file_status status = fs::symlink_status(path, problem);
    if (status.type() == fs::file_type::not_found) return {};
    if (manifest_.files.size() + manifest_.folders.size() >= Manifest::kMostEntries)
      return Error{path.string(), fmt::format("is one file too many: a backup has at most {}", Manifest::kMostEntries)};
    if (status.type() == fs::file_type::directory) return copy_folder(path);
    if (status.type() == fs::file_type::regular) return copy_plain(path);
    report_.add(path.string() + ": is neither a file nor a folder, and not in the backup");
    return {};
  }

 private:
  Result<void> copy_folder(const fs::path& path) {
    const auto rights = rights_of(path);
    if (!rights) return rights.error();
    const std::string name = path.lexically_relative(root_).string();
    manifest_.folders.push_back({name, *rights});
    std::error_code problem;
    fs::create_directories(stage_ / name, problem);
    std::vector<fs::path> inside;
    for (fs::directory_iterator it(path, problem), end; !problem && it != end; it.increment(problem))
      inside.push_back(it->path());
    if (problem) return Error{path.string(), "cannot be read: " + problem.message()};
    std::ranges::sort(inside);
    for (const fs::path& one : inside)
      if (auto copied = copy(one); !copied) return copied;
    return {};
  }

  Result<void> copy_plain(const fs::path& path) {
    if (is_left_out(path.filename().string())) return {};
    const std::string name = path.lexically_relative(root_).string();
    const auto rights = rights_of(path);
    if (!rights) return rights.error();
    const fs::path to = stage_ / name;
    if (auto copied = copy_one(path, to); !copied) return copied;
    const auto sha256 = sha256_of(to);
    if (!sha256) return sha256.error();
    std::error_code problem;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(to, problem));
    manifest_.files.push_back({name, *rights, bytes, *sha256});
    return {};
  }

  const fs::path& root_;
  const fs::path& stage_;
  Manifest& manifest_;
  Report& report_;
};

/// Files that a config names elsewhere: whoever relies on the backup has to know.
void tell_what_lies_elsewhere(const BackupPlaces& places, const fs::path& config, Report& report) {
  const auto file = config::File::load(config);
  if (!file) return report.fail(file.error().message());
  const config::Section root = file->root();
  std::vector<std::optional<fs::path>> named{root.optional("state_dir").path(), root.optional("database").path(),
                                             root.optional("revoked_file").path()};
  if (const auto keys = root.optional_section("keys")) {
    for (const char* key : {"site", "device"}) named.push_back(keys->optional(key).path());
    if (config.filename() == "site.yaml") named.push_back(keys->optional("trafo").path());
  }
  for (const auto& path : named) {
    if (!path) continue;
    const fs::path place = path->lexically_normal();
    const std::string name = place.lexically_relative(places.root).string();
    // As it is written in a config, or below the root of a test.
    if (!lies_in_the_trees(name) && !lies_in_the_trees(place.relative_path().string()))
      report.fail(fmt::format("{}: names {}, which is not in the backup", config.string(), place.string()));
  }
}

void look_at_configs(const BackupPlaces& places, Report& report) {
  std::error_code ignored;
  for (const char* name : {"site.yaml", "api.yaml"})
    if (const fs::path file = places.config() / name; fs::exists(file, ignored))
      tell_what_lies_elsewhere(places, file, report);
  for (fs::directory_iterator it(places.config() / "agents", ignored), end; !ignored && it != end;
       it.increment(ignored))
    if (it->path().extension() == ".yaml") tell_what_lies_elsewhere(places, it->path(), report);
}

bool lies_below(const fs::path& file, const fs::path& tree) {
  const fs::path way = fs::weakly_canonical(file).lexically_relative(fs::weakly_canonical(tree));
  return !way.empty() && *way.begin() != "..";
}

}  // namespace

bool is_database(const fs::path& file) { return file.extension() == ".sqlite"; }

BackupPlaces installed_trees(const std::string& version) {
  std::array<char, 100> name{};
  ::gethostname(name.data(), name.size() - 1);
  return {"/", version, name.data(), [] { return SystemClock().utc(); }};
}

Result<Report> make_backup(const BackupPlaces& places, const fs::path& file) {
  std::error_code problem;
  if (fs::exists(fs::symlink_status(file, problem)))
    return Error{file.string(), "is there already: a backup writes over nothing"};
  for (const fs::path& tree : {places.config(), places.state()})
    if (lies_below(file, tree))
      return Error{file.string(), "lies in what is backed up: expected a place outside " + tree.string()};
  const auto stage = StagingFolder::make_in(fs::absolute(file).parent_path());
  if (!stage) return stage.error();
  Report report;
  Manifest manifest{places.now(), places.balans, places.machine, {}, {}};
  TreeCopy trees(places.root, stage->path(), manifest, report);
  for (const fs::path& tree : {places.config(), places.state()})
    if (auto copied = trees.copy(tree); !copied) return copied.error();
  if (manifest.files.empty())
    return Error{places.config().string(),
                 "has no files, and " + places.state().string() + " neither: nothing to keep"};
  look_at_configs(places, report);
  if (auto packed = pack(stage->path(), manifest, file); !packed) return packed.error();
  report.add(fmt::format("{}: {} files, {} kB, read back and compared", file.string(), manifest.files.size(),
                         (fs::file_size(file, problem) + 999) / 1000));
  report.add("It has every key of this machine, and the site's authority where that lies here: keep it like them.");
  return report;
}

}  // namespace balans::cli
