#include "cli/backup/restore.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <system_error>

#include "cli/backup/archive.hpp"
#include "cli/backup/history.hpp"
#include "cli/backup/in_use.hpp"
#include "cli/backup/live_readings.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

/// What the packages bring: a machine that has nothing else is bare.
constexpr std::array<std::string_view, 2> kPackaged{"broker/acl", "broker/mosquitto.conf"};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

std::string reason() { return std::generic_category().message(errno); }

/// The first file of the tree that no package has brought.
std::optional<fs::path> own_file(const fs::path& tree) {
  std::error_code problem;
  for (fs::recursive_directory_iterator it(tree, problem), end; !problem && it != end; it.increment(problem)) {
    const std::string name = it->path().lexically_relative(tree).string();
    if (!it->is_directory(problem) && std::ranges::find(kPackaged, name) == kPackaged.end()) return it->path();
  }
  return std::nullopt;
}

struct Owner {
  uid_t user;
  gid_t group;
};

Result<Owner> owner_of(const Rights& rights) {
  const passwd* user = ::getpwnam(rights.user.c_str());
  const std::string remedy = " on this machine: install the same packages first (install.sh)";
  if (user == nullptr) return Error{rights.user, "is no user" + remedy};
  const uid_t id = user->pw_uid;
  const group* found = ::getgrnam(rights.group.c_str());
  if (found == nullptr) return Error{rights.group, "is no group" + remedy};
  return Owner{id, found->gr_gid};
}

Result<void> owners_are_here(const Manifest& manifest) {
  for (const SavedFolder& folder : manifest.folders)
    if (const auto owner = owner_of(folder.rights); !owner) return owner.error();
  for (const SavedFile& file : manifest.files)
    if (const auto owner = owner_of(file.rights); !owner) return owner.error();
  return {};
}

Result<void> give(const fs::path& path, const Rights& rights) {
  const auto owner = owner_of(rights);
  if (!owner) return owner.error();
  if (::chmod(path.c_str(), static_cast<mode_t>(rights.mode)) != 0 ||
      ::lchown(path.c_str(), owner->user, owner->group) != 0)
    return Error{path.string(), "cannot be given its owner: " + reason()};
  // Changing the owner takes some bits away.
  if (::chmod(path.c_str(), static_cast<mode_t>(rights.mode)) != 0)
    return Error{path.string(), "cannot be given its mode: " + reason()};
  return {};
}

/// A backup that is unpacked: each tree on the file system where it will be, so that a rename is all that is left to
/// do.
class Unpacked {
 public:
  static Result<Unpacked> make(const BackupPlaces& places, const fs::path& file) {
    // Databases are large and are unpacked there at once; the configuration is small and is copied.
    auto state = StagingFolder::make_in(places.state().parent_path());
    if (!state) return state.error();
    auto config = StagingFolder::make_in(places.config().parent_path());
    if (!config) return config.error();
    auto manifest = unpack(file, state->path());
    if (!manifest) return manifest.error();
    std::error_code problem;
    fs::create_directories(config->path() / kConfigTree, problem);
    if (is_there(state->path() / kConfigTree))
      fs::copy(state->path() / kConfigTree, config->path() / kConfigTree, fs::copy_options::recursive, problem);
    if (problem) return Error{config->path().string(), "cannot be written: " + problem.message()};
    fs::create_directories(state->path() / kStateTree, problem);
    return Unpacked(*std::move(config), *std::move(state), *std::move(manifest));
  }

  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  [[nodiscard]] TreePair trees() const { return {at(std::string(kConfigTree)), at(std::string(kStateTree))}; }
  [[nodiscard]] fs::path at(const std::string& name) const {
    return (name.starts_with(kConfigTree) ? config_ : state_).path() / name;
  }

  /// Owners and modes as they were. What has come to a folder since belongs to whom the folder does.
  Result<void> give_all() const {
    for (const SavedFile& file : manifest_.files)
      if (is_there(at(file.path)))
        if (auto given = give(at(file.path), file.rights); !given) return given;
    for (const SavedFolder& folder : manifest_.folders) {
      if (auto given = give(at(folder.path), folder.rights); !given) return given;
      for (const char* name : {"epoch", "journal.sqlite.from-backup"})
        if (const fs::path came = at(folder.path) / name; is_there(came))
          if (auto given = give(came, {0600, folder.rights.user, folder.rights.group}); !given) return given;
    }
    return {};
  }

 private:
  Unpacked(StagingFolder config, StagingFolder state, Manifest manifest)
      : config_(std::move(config)), state_(std::move(state)), manifest_(std::move(manifest)) {}
  StagingFolder config_, state_;
  Manifest manifest_;
};

/// What the packages have made here and the backup does not have: their folders and their own files.
Result<void> keep_packaged(const fs::path& old, const fs::path& fresh) {
  std::error_code problem;
  fs::create_directories(fresh, problem);
  for (fs::directory_iterator it(old, problem), end; !problem && it != end; it.increment(problem)) {
    const fs::path to = fresh / it->path().filename();
    if (!it->is_directory(problem) || is_there(to)) continue;
    const auto rights = rights_of(it->path());
    if (!rights) return rights.error();
    fs::create_directory(to, problem);
    if (auto given = give(to, *rights); !given) return given;
  }
  for (const std::string_view name : kPackaged) {
    if (!is_there(old / name) || is_there(fresh / name)) continue;
    const auto rights = rights_of(old / name);
    fs::copy_file(old / name, fresh / name, problem);
    if (problem || !rights) return Error{(fresh / name).string(), "cannot be kept"};
    if (auto given = give(fresh / name, *rights); !given) return given;
  }
  return {};
}

Result<void> change_name(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return Error{from.string(), "cannot be renamed to " + to.string() + ": " + reason()};
  return {};
}

Result<void> swap_names(const fs::path& one, const fs::path& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0)
    return Error{one.string(), "cannot change places with " + other.string() + ": " + reason()};
  return {};
}

/// Trees come into place, all or none. Each does so in one step: whenever the power goes, the place has the old tree
/// or the new one.
class Exchange {
 public:
  explicit Exchange(std::string end) : end_(std::move(end)) {}
  ~Exchange() {
    if (done_) return;
    for (auto it = undo_.rbegin(); it != undo_.rend(); ++it) (*it)();
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Result<void> put(const fs::path& fresh, const fs::path& place, Report& report) {
    if (!is_there(place)) return move(fresh, place);
    // The new one waits under the name that the old one will have, and is no longer in a folder that is deleted.
    const fs::path beside = place.string() + end_;
    if (auto moved = move(fresh, beside); !moved) return moved;
    ::sync();
    if (auto swapped = swap_names(beside, place); !swapped) return swapped;
    undo_.emplace_back([=] { (void)swap_names(beside, place).ok(); });
    ::sync();
    report.add(beside.string() + ": what was here before");
    return {};
  }
  void keep() { done_ = true; }

 private:
  Result<void> move(const fs::path& from, const fs::path& to) {
    if (is_there(to)) return Error{to.string(), "is there already"};
    if (auto moved = change_name(from, to); !moved) return moved;
    undo_.emplace_back([=] { (void)change_name(to, from).ok(); });
    return {};
  }

  std::string end_;
  std::vector<std::function<void()>> undo_;
  bool done_ = false;
};

Result<void> nobody_uses(const BackupPlaces& places) {
  if (const auto users = users_of(places.state()); !users.empty())
    return Error{
        places.state().string(),
        fmt::format("is in use by {}: stop the services first (systemctl stop 'balans-*')", fmt::join(users, ", "))};
  return {};
}

Result<void> may_be_replaced(const BackupPlaces& places, Replace replace) {
  if (auto free = nobody_uses(places); !free) return free;
  if (replace == Replace::WhatIsHere) return {};
  for (const fs::path& tree : {places.config(), places.state()})
    if (const auto file = own_file(tree))
      return Error{file->string(), "is here: this machine has something to lose. With --force it is put beside"};
  return {};
}

/// Nothing in it goes back in time, and all of it belongs to whom it did.
Result<void> prepare(const Unpacked& unpacked, const TreePair& old, Report& report) {
  const TreePair fresh = unpacked.trees();
  if (auto kept = keep_packaged(old.config, fresh.config); !kept) return kept;
  if (auto kept = keep_packaged(old.state, fresh.state); !kept) return kept;
  if (auto raised = raise_epoch(fresh, old, report); !raised) return raised;
  if (auto aside = put_journals_aside(fresh); !aside) return aside;
  if (auto forgotten = forget_heat(fresh, report); !forgotten) return forgotten;
  if (auto held = hold_settlements(fresh, report); !held) return held;
  tell_other_keys(fresh, old, report);
  if (auto kept = keep_revoked(fresh, old, unpacked.manifest().made, report); !kept) return kept;
  if (auto given = unpacked.give_all(); !given) return given;
  return keep_readings(fresh, old, report);
}

std::string end_of_old(UnixTime now) {
  const auto at = std::chrono::sys_seconds(std::chrono::seconds(now.ms() / 1000));
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss time(at - midnight);
  return fmt::format(".before-{:04}{:02}{:02}-{:02}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

}  // namespace

Result<Report> restore_backup(const BackupPlaces& places, const fs::path& file, Replace replace) {
  std::error_code problem;
  for (const fs::path& tree : {places.config(), places.state()}) fs::create_directories(tree.parent_path(), problem);
  const auto unpacked = Unpacked::make(places, file);
  if (!unpacked) return unpacked.error();
  const TreePair fresh = unpacked->trees(), old{places.config(), places.state()};
  if (auto known = state_is_known(fresh.state); !known) return known.error();
  if (auto here = owners_are_here(unpacked->manifest()); !here) return here.error();
  if (auto may = may_be_replaced(places, replace); !may) return may.error();
  Report report;
  if (auto prepared = prepare(*unpacked, old, report); !prepared) return prepared.error();
  ::sync();
  // Unpacking takes long enough to start a service.
  if (auto free = nobody_uses(places); !free) return free.error();
  Exchange exchange(end_of_old(places.now()));
  // A cut in between leaves epochs that are too high with the old configuration, which is harmless.
  if (auto put = exchange.put(fresh.state, old.state, report); !put) return put.error();
  if (auto put = exchange.put(fresh.config, old.config, report); !put) return put.error();
  exchange.keep();
  ::sync();
  const Manifest& manifest = unpacked->manifest();
  report.add(fmt::format("{} files of {} ({}, Balans {}) are in place", manifest.files.size(), file.string(),
                         manifest.machine, manifest.balans));
  report.add("Now run install.sh of each part again: it makes what else the machine needs, and starts the services.");
  return report;
}

}  // namespace balans::cli
