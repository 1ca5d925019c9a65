#pragma once
// The machine as `balans doctor` and `balans commission` see it: all that a test sets differently.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::cli {

struct CommandOutcome {
  int exit_code = 127;  ///< 127: there is no such program
  std::string text;     ///< standard output, at most 64 kB, without the last line end
};

struct DiskRoom {
  std::uint64_t free = 0;
  std::uint64_t total = 0;
};

struct Machine {
  std::filesystem::path root = "/";
  std::string version;                                                      ///< of this program
  std::function<CommandOutcome(const std::vector<std::string>&)> run;       ///< no shell; ends after ten seconds
  std::function<UnixTime()> now;                                            ///< as the machine believes it
  std::function<bool()> synchronised;                                       ///< the kernel's word on its clock
  std::function<Result<DiskRoom>(const std::filesystem::path&)> disk_room;  ///< of the disk that has this folder
  std::function<bool()> is_root;

  /// A path of a config file or of this code, below the root.
  [[nodiscard]] std::filesystem::path at(const std::filesystem::path& path) const;
  [[nodiscard]] bool has(const std::filesystem::path& path) const;
  /// A file of /sys or /proc or such, without the last line end; empty where there is none.
  [[nodiscard]] std::string text(const std::filesystem::path& path) const;
  /// The names in a folder, sorted, at most 1000; none where there is no folder.
  [[nodiscard]] std::vector<std::string> names(const std::filesystem::path& folder) const;
  [[nodiscard]] bool has_systemd() const { return has("/run/systemd/system"); }
};

/// This very machine. With another root no command is run: it would tell of this one.
Machine this_machine(std::filesystem::path root, std::string version);

}  // namespace balans::cli
