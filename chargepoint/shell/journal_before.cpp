#include "chargepoint/shell/journal_before.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include "common/io/sqlite/sqlite.hpp"

namespace balans {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kReadingsSince = std::int64_t{1} << 20U;
// Far below 2^53, the largest number that messages carry: whoever writes more into a file may not stop the agent.
constexpr std::int64_t kHighest = std::int64_t{1} << 52U;

bool is_aside(const std::string& name, const std::string& journal) {
  const bool part = name.ends_with("-wal") || name.ends_with("-shm");
  return !part && (name == journal + ".from-backup" || name.starts_with(journal + ".version-"));
}

/// 0 of one that cannot be read: then the clock alone counts.
std::int64_t newest_in(const fs::path& file) {
  auto database = sqlite::Database::open_existing(file);
  if (!database) return 0;
  auto query = database->prepare("SELECT max(seq) FROM reading", "find the last reading");
  if (!query) return 0;
  query->bind();
  const auto row = query->step();
  return row && *row && !query->is_null(0) ? std::clamp(query->integer(0), std::int64_t{0}, kHighest) : 0;
}

}  // namespace

std::uint64_t used_before(const fs::path& journal, UnixTime now) {
  std::int64_t used = std::max<std::int64_t>(0, now.ms() / 1000);
  std::error_code ignored;
  for (fs::directory_iterator it(journal.parent_path(), ignored), end; !ignored && it != end; it.increment(ignored))
    if (is_aside(it->path().filename().string(), journal.filename().string()))
      if (const std::int64_t newest = newest_in(it->path()); newest > 0) used = std::max(used, newest + kReadingsSince);
  return static_cast<std::uint64_t>(used);
}

}  // namespace balans
