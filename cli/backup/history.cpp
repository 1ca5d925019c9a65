#include "cli/backup/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>

#include "cli/roster.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/epoch_counter.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "common/messages/json.hpp"
#include "common/state_versions.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Error newer(const fs::path& file, std::uint64_t version, int known) {
  return {file.string(),
          fmt::format("is of version {}; this program knows up to {}. Install the newer Balans first", version, known)};
}

Result<void> database_is_known(const fs::path& file) {
  static const std::map<std::string, int> kKnown{
      {"outbox.sqlite", state::kOutbox}, {"evidence.sqlite", state::kOutbox}, {"journal.sqlite", state::kJournal}};
  auto database = sqlite::Database::open_existing(file);
  if (!database) return database.error();
  if (auto fine = database->check(); !fine) return fine;
  const auto version = database->schema_version();
  if (!version) return version.error();
  const auto known = kKnown.find(file.filename().string());
  const int most = known == kKnown.end() ? state::kReadings : known->second;
  if (*version > most) return newer(file, static_cast<std::uint64_t>(*version), most);
  return {};
}

/// What is wrong otherwise the controller refuses by itself, and starts as after a cut.
Result<void> thermal_is_known(const fs::path& file) {
  const auto text = read_small_file(file);
  if (!text) return text.error();
  const auto value = json::parse_strict(*text, kMaxSmallFile);
  const boost::json::object* object = value ? value->if_object() : nullptr;
  const boost::json::value* version = object != nullptr ? object->if_contains("version") : nullptr;
  if (version == nullptr || !version->is_int64() || version->get_int64() <= state::kThermal) return {};
  return newer(file, static_cast<std::uint64_t>(version->get_int64()), state::kThermal);
}

Result<std::string> read_if_there(const fs::path& file) {
  return is_there(file) ? read_small_file(file) : std::string();
}

/// Whether every line of `few` is one of `many`.
bool has_all_lines(const std::string& many, const std::string& few) {
  for (std::size_t at = 0; at < few.size();) {
    const std::size_t end = std::min(few.find('\n', at), few.size());
    const std::string line = few.substr(at, end - at);
    if (!line.empty() && ("\n" + many).find("\n" + line + "\n") == std::string::npos) return false;
    at = end + 1;
  }
  return true;
}

Result<void> copy_over(const fs::path& from, const fs::path& to) {
  std::error_code problem;
  fs::remove_all(to, problem);
  fs::copy(from, to, fs::copy_options::recursive, problem);
  if (problem) return Error{to.string(), "cannot be copied from what was here: " + problem.message()};
  return {};
}

/// An authority that is the same and has taken back more than the backup knows stays as it is here.
Result<void> keep_authority(const TreePair& fresh, const TreePair& old, Report& report) {
  const fs::path before = old.config / "ca", now = fresh.config / "ca";
  if (!is_there(before / "ca.crt") || !is_there(now / "ca.crt")) return {};
  const auto same = read_small_file(before / "ca.crt"), other = read_small_file(now / "ca.crt");
  const auto here = read_if_there(before / "revoked"), there = read_if_there(now / "revoked");
  for (const auto* text : {&same, &other, &here, &there})
    if (!*text) return text->error();
  if (*same != *other) return {};
  if (!has_all_lines(*here, *there)) {
    if (!has_all_lines(*there, *here))
      report.fail(
          "certificates were revoked here that the backup does not know of: look at `balans ca list`, and revoke "
          "again");
    return {};
  }
  if (auto kept = copy_over(before, now); !kept) return kept;
  const fs::path list = fresh.config / "broker" / "ca.crl";
  if (is_there(list))
    if (auto kept = copy_over(now / "ca.crl", list); !kept) return kept;
  report.add("the authority stays as it is here: it is the same, and knows all that was issued and revoked since");
  return {};
}

}  // namespace

Result<void> file_is_known(const fs::path& file) {
  if (is_database(file)) return database_is_known(file);
  if (file.filename() == "thermal.json") return thermal_is_known(file);
  if (file.filename() != "epoch") return {};
  const auto epoch = read_epoch(file);
  if (!epoch) return epoch.error();
  if (epoch->version > state::kEpoch) return newer(file, epoch->version, state::kEpoch);
  return {};
}

Result<void> state_is_known(const fs::path& state) {
  std::error_code problem;
  for (fs::recursive_directory_iterator it(state, problem), end; !problem && it != end; it.increment(problem)) {
    if (!it->is_regular_file(problem)) continue;
    if (auto known = file_is_known(it->path()); !known) return known;
  }
  return {};
}

Result<std::vector<fs::path>> files_called(const fs::path& tree, std::string_view name) {
  std::vector<fs::path> found;
  std::error_code problem;
  if (!fs::exists(tree, problem)) return found;
  for (fs::recursive_directory_iterator it(tree, problem), end; !problem && it != end; it.increment(problem))
    if (it->path().filename() == name) found.push_back(it->path().lexically_relative(tree));
  if (problem) return Error{tree.string(), "cannot be read: " + problem.message()};
  std::ranges::sort(found);
  return found;
}

Result<void> raise_epoch(const TreePair& fresh, const TreePair& old, Report& report) {
  auto files = files_called(fresh.state, "epoch");
  if (!files) return files.error();
  if (files->empty() && !is_there(fresh.config / "site.yaml")) return {};
  Epoch newest;
  for (const fs::path& file : *files) {
    const auto epoch = read_epoch(fresh.state / file);
    if (!epoch) return epoch.error();
    newest = std::max(newest, epoch->epoch);
  }
  const auto here = files_called(old.state, "epoch");
  if (!here) return here.error();
  for (const fs::path& file : *here) {
    const auto epoch = read_epoch(old.state / file);
    if (epoch) newest = std::max(newest, epoch->epoch);
    if (!epoch) report.fail(epoch.error().message() + ". The epoch goes on above the backup's alone");
  }
  const auto next = above_all_since(newest);
  if (!next) return next.error();
  std::error_code problem;
  if (files->empty()) files->emplace_back("trafo/epoch");
  for (const fs::path& file : *files) {
    fs::create_directories((fresh.state / file).parent_path(), problem);
    if (auto written = write_epoch(fresh.state / file, *next, BootId{random_u64()}); !written) return written;
  }
  report.add(
      fmt::format("the controller's epoch goes on above {}: no agent takes an old limit for a new one", next->value));
  return {};
}

Result<void> put_journals_aside(const TreePair& fresh) {
  const auto journals = files_called(fresh.state, "journal.sqlite");
  if (!journals) return journals.error();
  std::error_code problem;
  for (const fs::path& file : *journals) {
    const fs::path journal = fresh.state / file;
    fs::rename(journal, journal.string() + ".from-backup", problem);
    if (problem) return Error{journal.string(), "cannot be put aside: " + problem.message()};
  }
  return {};
}

Result<void> forget_heat(const TreePair& fresh, Report& report) {
  const auto states = files_called(fresh.state, "thermal.json");
  if (!states) return states.error();
  std::error_code problem;
  for (const fs::path& file : *states) {
    fs::remove(fresh.state / file, problem);
    if (problem) return Error{(fresh.state / file).string(), "cannot be removed: " + problem.message()};
  }
  if (!states->empty()) report.add("the transformer counts as hot: how it was loaded since the backup nobody knows");
  return {};
}

namespace {

/// Of a database of any version: wallets may have been made and have paid since the backup. Older ones do not have the
/// table; it is that of the migrations.
constexpr const char* kHoldWallets =
    "CREATE TABLE IF NOT EXISTS restored (one BIGINT NOT NULL CHECK (one = 1), wait_epoch BIGINT, ids_from_utc BIGINT, "
    "PRIMARY KEY (one)); INSERT INTO restored (one, wait_epoch) VALUES (1, -1) ON CONFLICT (one) DO UPDATE SET "
    "wait_epoch = -1";

}  // namespace

Result<void> hold_settlements(const TreePair& fresh, Report& report) {
  const auto databases = files_called(fresh.state, "balans.sqlite");
  if (!databases) return databases.error();
  for (const fs::path& file : *databases) {
    auto database = sqlite::Database::open_existing(fresh.state / file);
    if (!database) return database.error();
    if (auto held = database->execute(kHoldWallets, "hold wallets' payments"); !held) return held;
    const auto version = database->schema_version();
    if (!version) return version.error();
    if (*version < state::kSettlements) continue;
    auto select = database->prepare("SELECT count(*) FROM ledger_cursor", "look for chains");
    if (!select) return select.error();
    select->bind();
    const Result<bool> row = select->step();
    if (!row) return row.error();
    const bool has_chains = select->integer(0) > 0;
    select->reset();
    if (!has_chains) continue;
    if (auto held = database->execute("UPDATE ledger_cursor SET wait_epoch = -1", "hold settlements"); !held)
      return held;
    report.add(
        "payouts on chains and payments of wallets wait until nothing that was signed since the backup can be executed "
        "any more");
  }
  return {};
}

void tell_other_keys(const TreePair& fresh, const TreePair& old, Report& report) {
  const fs::path before = old.config / "site.yaml", now = fresh.config / "site.yaml";
  if (!is_there(before) || !is_there(now)) return;
  const auto here = read_site_identity(before), there = read_site_identity(now);
  if (!here || !there)
    return report.add((here ? there : here).error().message() + ". So the agents' keys are not compared");
  if (here->site != there->site) return;
  for (const RosterEntry& agent : here->roster) {
    const RosterEntry* saved = there->find(agent.id);
    if (saved != nullptr && saved->key == agent.key) continue;
    report.fail(fmt::format("{}: {} in the backup; pair it again: balans pair", agent.id.str(),
                            saved == nullptr ? "is not enrolled" : "has another key"));
  }
}

Result<void> keep_revoked(const TreePair& fresh, const TreePair& old, UnixTime made, Report& report) {
  const RevokedKeys here = read_revoked_keys(old.config / "revoked");
  if (here.trouble) report.fail(here.trouble->message() + ". What it revokes is not carried over");
  for (const RevokedKey& key : here.keys) {
    const auto added = add_revoked_key(fresh.config / "revoked", key);
    if (!added) return added.error();
    if (*added == Added::Now) report.add(key.agent.str() + ": stays revoked");
  }
  if (auto kept = keep_authority(fresh, old, report); !kept) return kept;
  if (is_there(fresh.config / "ca") && !is_there(old.config / "ca"))
    report.add(
        fmt::format("what was revoked after the backup ({} s since 1970) has to be revoked again: balans ca revoke",
                    made.ms() / 1000));
  return {};
}

}  // namespace balans::cli
