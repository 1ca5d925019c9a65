// What waits to be stored elsewhere: how much, and since when.

#include <fmt/format.h>

#include <charconv>

#include "cli/doctor/checks.hpp"
#include "common/io/sqlite/sqlite.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr Millis kLate{86'400'000};
constexpr Millis kVeryLate{7 * 86'400'000};
constexpr std::uint64_t kMuch = 4'000'000'000;  ///< half of what an outbox takes

constexpr const char* kEvidence = "evidence.sqlite";

struct Waiting {
  std::int64_t count = 0;
  std::optional<UnixTime> oldest;
};

/// The first stamp in a reading or a record, whether it stands by itself or, quoted, in the envelope that it was signed
/// in.
std::optional<UnixTime> stamp_in(const std::string& text) {
  const std::string_view name = text.find("utc_ms") == std::string::npos ? "slot_ms" : "utc_ms";
  const std::size_t at = text.find(name);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t digit = text.find_first_not_of("\\\":", at + name.size());
  std::int64_t value = 0;
  if (digit == std::string::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + digit, text.data() + text.size(), value);
  return error == std::errc() ? std::optional(UnixTime(value)) : std::nullopt;
}

Result<Waiting> look_into(const fs::path& file, std::string_view count, std::string_view oldest) {
  auto database = sqlite::Database::open_existing(file);
  if (!database) return database.error();
  Waiting waiting;
  auto counting = database->prepare(count, "count");
  if (!counting) return counting.error();
  counting->bind();
  const auto counted = counting->step();
  if (!counted) return counted.error();
  if (*counted) waiting.count = counting->integer(0);
  auto first = database->prepare(oldest, "find the oldest");
  if (!first) return first.error();
  first->bind();
  const auto found = first->step();
  if (!found) return found.error();
  if (*found) waiting.oldest = stamp_in(first->text(0));
  return waiting;
}

std::uint64_t size_of(const fs::path& file) {
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  return failed ? 0 : size;
}

Finding judged(const Machine& machine, const Service& service, const fs::path& file, const Waiting& waiting) {
  const std::uint64_t size = size_of(file) + size_of(file.string() + "-wal");
  const char* const what = file.filename() == kEvidence ? "evidence" : "outbox";
  std::string text = fmt::format("{} of {}: {} waiting, {}", what, service.name, waiting.count, shown_size(size));
  const std::string look = service.part == Part::Trafo
                               ? "is the api reached? journalctl -u balans-trafo -n 50 --no-pager | grep -i api"
                               : "is the controller heard? journalctl -u " + service.unit + " -n 50 --no-pager";
  if (waiting.count == 0) return ok(text);
  if (!service.sends_on) return ok(text + ": kept here, for there is no api");
  if (waiting.oldest && machine.now() > *waiting.oldest) {
    const Millis age = machine.now() - *waiting.oldest;
    text += fmt::format(", the oldest for {}", shown_age(age));
    if (age >= kVeryLate) return failure(text, look);
    if (age >= kLate) return warning(text, look);
  }
  return size >= kMuch ? warning(text, look) : ok(text);
}

Finding outbox_of(const Machine& machine, const Service& service, const fs::path& file) {
  const bool trafo = service.part == Part::Trafo;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return ok(fmt::format("outbox of {}: none yet", service.name));
  const auto waiting = trafo
                           ? look_into(file, "SELECT rows FROM totals", "SELECT payload FROM item ORDER BY id LIMIT 1")
                           : look_into(file, "SELECT count(*) FROM reading WHERE stored = 0",
                                       "SELECT body FROM reading WHERE stored = 0 ORDER BY seq LIMIT 1");
  if (waiting) return judged(machine, service, file, *waiting);
  return failure(fmt::format("outbox of {}: {}", service.name, waiting.error().message()),
                 fmt::format("sudo mv {0} {0}.damaged && sudo systemctl restart {1}", file.string(), service.unit));
}

}  // namespace

Findings check_outboxes(const Machine& machine, const Services& services) {
  Findings findings;
  for (const Service& service : services) {
    if (!service.state_dir) continue;
    const bool trafo = service.part == Part::Trafo;
    findings.push_back(outbox_of(machine, service, *service.state_dir / (trafo ? "outbox.sqlite" : "journal.sqlite")));
    const fs::path evidence = *service.state_dir / kEvidence;
    if (std::error_code ignored; trafo && fs::exists(evidence, ignored))
      findings.push_back(outbox_of(machine, service, evidence));
    const fs::path aside = *service.state_dir / "refused.jsonl";
    if (const auto size = size_of(aside); size > 0)
      findings.push_back(
          warning(fmt::format("outbox of {}: the api has refused {} of readings", service.name, shown_size(size)),
                  "sudo tail -n 1 " + aside.string()));
  }
  return findings;
}

}  // namespace balans::cli
