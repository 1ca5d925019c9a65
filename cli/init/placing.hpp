#pragma once
// Puts what `balans init` has made where it counts: keys first, then the config file, whole. What fails leaves nothing
// behind.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/ca.hpp"
#include "cli/check/check.hpp"
#include "cli/config_lock.hpp"

namespace balans::cli {

struct InitPlaces {
  std::filesystem::path config = "/etc/balans";
  std::optional<std::filesystem::path> devices{};   ///< default: the folder of device files of this machine
  std::optional<std::filesystem::path> programs{};  ///< default: beside this one, then PATH
  bool force = false;                               ///< an older file may be written over
};

/// An absolute folder of device files.
Result<std::filesystem::path> device_folder(const InitPlaces& places);

/// Refuses a file that is there, but for --force.
Result<void> may_write(const InitPlaces& places, const std::filesystem::path& file);

/// Where the text of a file is kept that is written anew: FILE.before, or FILE.before.2 where that is there already,
/// and so on; none is written over. Refused when there are 99.
Result<std::filesystem::path> place_for_older(const std::filesystem::path& file);

/// Of the text that a file had: kept for good (`place_for_older`), or until the next enrolment (FILE.before-enrolment).
enum class Older { ForGood, UntilNextEnrolment };

/// The files of one run. Unless `keep` is called, what was new is deleted and what was replaced comes back.
class Placing {
 public:
  explicit Placing(InitPlaces places) : places_(std::move(places)) {}
  /// Before the first file: nobody else may place any meanwhile, or each would undo what the other has done.
  Result<void> begin();
  ~Placing();
  Placing(const Placing&) = delete;
  Placing& operator=(const Placing&) = delete;

  /// A key that is there stays; a new one belongs to `user`, where there is one and this process may.
  Result<PublicKey> key(const std::string& name, const std::string& user);
  /// Written beside, judged by its own program, then renamed. Mode 0640, group `user` where there is one. What stood
  /// there before stays beside it.
  Result<void> config(ConfigKind kind, const std::filesystem::path& file, const std::string& text,
                      const std::string& user, Older older = Older::ForGood);
  void keep() {
    fresh_.clear();
    replaced_.clear();
  }

  [[nodiscard]] const Report& report() const { return report_; }
  Report& report() { return report_; }

 private:
  Result<void> keep_older(const std::filesystem::path& file, const std::string& user, Older older);

  InitPlaces places_;
  std::optional<ConfigLock> lock_;
  std::vector<std::filesystem::path> fresh_;
  struct Replaced {
    std::filesystem::path file, older;
  };
  std::vector<Replaced> replaced_;
  Report report_;
};

}  // namespace balans::cli
