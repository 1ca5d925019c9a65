// Readings in files that a program has set aside because a newer one had written them, or that a restore has put
// beside: nobody sends them by himself.

#include <fmt/format.h>

#include "cli/doctor/checks.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

struct Kept {
  std::string count;
  bool any = false;
};

Kept readings_in(const fs::path& file, const Service& service) {
  const bool trafo = service.part == Part::Trafo;
  const Kept unknown{"readings", true};
  auto database = sqlite::Database::open_existing(file);
  if (!database) return unknown;
  auto query =
      database->prepare(trafo ? "SELECT count(*) FROM item" : "SELECT count(*) FROM reading WHERE stored = 0", "count");
  if (!query) return unknown;
  query->bind();
  const auto row = query->step();
  if (!row || !*row) return unknown;
  const std::int64_t count = query->integer(0);
  const bool evidence = file.filename().string().starts_with("evidence");
  const char* const what = evidence ? "batches of evidence" : trafo ? "batches of readings" : "readings";
  return {fmt::format("{} {}", count, what), count > 0};
}

bool is_set_aside(const std::string& name) {
  const bool part = name.ends_with("-wal") || name.ends_with("-shm");
  return !part && (name.starts_with("outbox.sqlite.version-") || name.starts_with("evidence.sqlite.version-") ||
                   name.starts_with("journal.sqlite.version-"));
}

}  // namespace

Findings check_set_aside(const Machine&, const Services& services) {
  Findings findings;
  for (const Service& service : services) {
    if (!service.state_dir || service.part == Part::Api) continue;
    std::error_code ignored;
    for (fs::directory_iterator it(*service.state_dir, ignored), end; !ignored && it != end; it.increment(ignored)) {
      if (!is_set_aside(it->path().filename().string())) continue;
      const Kept kept = readings_in(it->path(), service);
      const std::string what = fmt::format("outbox of {}: {} in {}", service.name, kept.count, it->path().string());
      if (!kept.any) findings.push_back(ok(what));
      if (kept.any)
        findings.push_back(warning(what + " are not sent: a newer version has written it",
                                   service.part == Part::Trafo
                                       ? "install that version again: it sends them by itself"
                                       : "see 'Upgrading, and going back' in docs/operating.md"));
    }
  }
  return findings;
}

}  // namespace balans::cli
