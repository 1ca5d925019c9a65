#include "cli/init/placing.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/catalogue.hpp"
#include "cli/roster.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::cli {
namespace {

constexpr int kMostOlder = 99;

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool is_installed_user(const std::string& user) { return ::geteuid() == 0 && ::getpwnam(user.c_str()) != nullptr; }

/// Everybody may pass, nobody may look around: each key says for itself who reads it.
Result<void> make_key_folder(const std::filesystem::path& folder) {
  const bool fresh = !is_there(folder);
  if (const auto made = make_open_folder(folder); !made) return made;
  if (fresh && ::chmod(folder.c_str(), 0711) != 0) return Error{folder.string(), "cannot be given its mode"};
  return {};
}

Result<void> give_group(const std::filesystem::path& file, const std::string& user) {
  if (!is_installed_user(user)) return {};
  const gid_t group = ::getpwnam(user.c_str())->pw_gid;
  if (::lchown(file.c_str(), static_cast<uid_t>(-1), group) != 0)
    return Error{file.string(), "cannot be given to group " + user + ": " + std::generic_category().message(errno)};
  return {};
}

}  // namespace

Result<std::filesystem::path> device_folder(const InitPlaces& places) {
  const std::filesystem::path usual = "/usr/share/balans/devices";
  auto folder =
      !places.devices && is_there(usual) ? Result<std::filesystem::path>(usual) : devices_folder(places.devices);
  return folder ? Result<std::filesystem::path>(std::filesystem::absolute(*folder)) : folder;
}

Result<void> may_write(const InitPlaces& places, const std::filesystem::path& file) {
  if (places.force || !is_there(file)) return {};
  return Error{file.string(), "is there already; with --force it is written anew, and the old one stays beside it"};
}

Result<std::filesystem::path> place_for_older(const std::filesystem::path& file) {
  const std::string first = file.string() + ".before";
  for (int number = 1; number <= kMostOlder; ++number) {
    const std::filesystem::path place = number == 1 ? first : first + "." + std::to_string(number);
    if (!is_there(place)) return place;
  }
  return Error{file.string(), std::to_string(kMostOlder) +
                                  " older ones (.before, .before.2 …) are there already: move away what nobody needs"};
}

Placing::~Placing() {
  std::error_code ignored;
  for (const auto& file : fresh_) std::filesystem::remove(file, ignored);
  for (const auto& [file, older] : replaced_) std::filesystem::rename(older, file, ignored);
}

Result<void> Placing::begin() {
  if (const auto made = make_open_folder(places_.config); !made) return made;
  auto lock = ConfigLock::take(places_.config);
  if (!lock) return lock.error();
  lock_ = std::move(*lock);
  return {};
}

Result<PublicKey> Placing::key(const std::string& name, const std::string& user) {
  const auto folder = places_.config / "keys";
  if (const auto made = make_key_folder(folder); !made) return made.error();
  const auto file = folder / (name + ".key");
  if (is_there(file)) {
    const auto signer = load_signer(file);
    if (!signer) return signer.error();
    report_.add(file.string() + ": was there, and stays");
    return (*signer)->public_key();
  }
  const auto made = create_key_file(file);
  if (!made) return made.error();
  fresh_.push_back(file);
  if (is_installed_user(user))
    if (const auto given = give_to(file, user); !given) return given.error();
  report_.add(file.string() + ": a key of its own, mode 0600");
  return *made;
}

Result<void> Placing::keep_older(const std::filesystem::path& file, const std::string& user, Older older) {
  const auto place =
      older == Older::ForGood ? place_for_older(file) : Result<std::filesystem::path>(file.string() + kBeforeEnrolment);
  if (!place) return place.error();
  const auto before = read_small_file(file);
  if (!before) return before.error();
  if (const auto kept = write_file_durably(*place, *before, FileMode::ForGroup); !kept) return kept;
  if (const auto given = give_group(*place, user); !given) return given;
  replaced_.push_back({file, *place});
  return {};
}

Result<void> Placing::config(ConfigKind kind, const std::filesystem::path& file, const std::string& text,
                             const std::string& user, Older older) {
  for (const auto& folder : {places_.config, file.parent_path()})
    if (const auto made = make_open_folder(folder); !made) return made;
  const std::filesystem::path beside = file.string() + ".checked";
  if (const auto written = write_file_durably(beside, text, FileMode::ForGroup); !written) return written;
  fresh_.push_back(beside);
  if (const auto given = give_group(beside, user); !given) return given;
  const CheckPlaces judge{places_.config, places_.programs, {}};
  for (const Finding& finding : check_by_program(judge, kind, beside, Explain::No).findings) {
    std::string what = finding.what;
    if (const auto at = what.find(beside.string()); at != std::string::npos)
      what.replace(at, beside.string().size(), file.string());
    if (finding.grade == Grade::Failure) return Error{"", what};
  }
  if (!is_there(file))
    fresh_.push_back(file);
  else if (const auto kept = keep_older(file, user, older); !kept)
    return kept;
  if (::rename(beside.c_str(), file.c_str()) != 0)
    return Error{file.string(), "cannot be replaced: " + std::generic_category().message(errno)};
  report_.add(file.string() + ": written");
  return {};
}

}  // namespace balans::cli
