#include "cli/backup/live_readings.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include "common/io/config/config.hpp"
#include "common/io/outbox/adopt.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

struct Kind {
  const char* file;
  const char* unsent;  ///< counts what waits
  const char* items;
};
constexpr Kind kKinds[] = {
    {"outbox.sqlite", "SELECT count(*) FROM item", "batches of readings"},
    {"evidence.sqlite", "SELECT count(*) FROM item", "batches of evidence"},
    {"journal.sqlite", "SELECT count(*) FROM reading WHERE stored = 0", "readings"},
};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void add_site(const fs::path& config, std::set<std::string>& sites) {
  const auto file = config::File::load(config);
  if (!file) return;
  const auto site = file->root().optional("site").name<SiteId>();
  if (site) sites.insert(site->str());
}

std::set<std::string> sites_of(const fs::path& config) {
  std::set<std::string> sites;
  if (is_there(config / "site.yaml")) add_site(config / "site.yaml", sites);
  std::error_code ignored;
  for (fs::directory_iterator it(config / "agents", ignored), end; !ignored && it != end; it.increment(ignored))
    if (it->path().extension() == ".yaml") add_site(it->path(), sites);
  return sites;
}

/// Nothing when it cannot be told.
std::optional<std::int64_t> count_unsent(const fs::path& file, const Kind& kind) {
  auto database = sqlite::Database::open_existing(file);
  if (!database) return std::nullopt;
  auto query = database->prepare(kind.unsent, "count");
  if (!query) return std::nullopt;
  query->bind();
  const auto row = query->step();
  if (!row || !*row) return std::nullopt;
  return query->integer(0);
}

Result<void> give_owner_of(const fs::path& from, const fs::path& to) {
  struct stat status {};
  if (::stat(from.c_str(), &status) != 0 || ::chmod(to.c_str(), status.st_mode & 07777U) != 0 ||
      ::lchown(to.c_str(), status.st_uid, status.st_gid) != 0)
    return Error{to.string(), "cannot be given its owner: " + std::generic_category().message(errno)};
  return {};
}

/// The live one in the backup's place. The backup's own journals are aside already; of its outbox nothing is lost.
Result<void> take_place(const fs::path& live, const fs::path& place) {
  const fs::path copy = place.string() + ".live";
  auto database = sqlite::Database::open_existing(live);
  if (!database) return database.error();
  if (auto copied = database->copy_to(copy); !copied) return copied;
  if (is_there(place))
    if (const auto added = adopt(copy, place); !added) return added.error();
  std::error_code problem;
  fs::rename(copy, place, problem);
  if (problem) return Error{place.string(), "cannot be put in place: " + problem.message()};
  return give_owner_of(live, place);
}

std::string why_not(const TreePair& fresh, const TreePair& old, const fs::path& name) {
  const auto here = sites_of(old.config), there = sites_of(fresh.config);
  if (!here.empty() && here != there) return "they are of another site";
  if (!is_there((fresh.state / name).parent_path())) return "the backup has no such part";
  const auto known = file_is_known(old.state / name);
  return known ? "" : known.error().message();
}

/// Files of a newer version that were set aside here wait for that version.
Result<void> keep_set_aside(const TreePair& fresh, const TreePair& old, const fs::path& name) {
  const fs::path folder = (old.state / name).parent_path();
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end; it.increment(problem)) {
    const std::string file = it->path().filename().string();
    const fs::path to = (fresh.state / name).parent_path() / file;
    const bool part = file.ends_with("-wal") || file.ends_with("-shm");
    if (part || !file.starts_with(name.filename().string() + ".version-") || is_there(to)) continue;
    auto database = sqlite::Database::open_existing(it->path());
    if (!database) return database.error();
    if (auto copied = database->copy_to(to); !copied) return copied;
    if (auto given = give_owner_of(it->path(), to); !given) return given;
  }
  return {};
}

}  // namespace

Result<void> keep_readings(const TreePair& fresh, const TreePair& old, Report& report) {
  for (const Kind& kind : kKinds) {
    const auto names = files_called(old.state, kind.file);
    if (!names) return names.error();
    for (const fs::path& name : *names) {
      const auto unsent = count_unsent(old.state / name, kind);
      const std::string said = unsent ? fmt::format("{} {}", *unsent, kind.items) : std::string(kind.items);
      std::string why = why_not(fresh, old, name);
      if (why.empty())
        if (const auto kept = take_place(old.state / name, fresh.state / name); !kept) why = kept.error().message();
      if (why.empty())
        if (const auto kept = keep_set_aside(fresh, old, name); !kept) report.fail(kept.error().message());
      if (why.empty())
        report.add(fmt::format("{}: stays as it is here, with {} that wait to be sent", name.string(), said));
      else if (unsent != 0)
        report.fail(
            fmt::format("{}: {} that were not sent stay in what was here before: {}", name.string(), said, why));
    }
  }
  return {};
}

}  // namespace balans::cli
