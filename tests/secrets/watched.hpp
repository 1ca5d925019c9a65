#pragma once
// A program that is watched: all that it says is kept, and a core, if it leaves one, is in a folder of its own.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace balans::test {

class Watched {
 public:
  using Words = std::vector<std::string>;

  /// Starts it with the folder as its working directory, and cores of any size allowed. `settings` is `NAME=VALUE` of
  /// its environment.
  Watched(const std::filesystem::path& folder, const Words& words, const Words& settings = {});
  ~Watched();
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  /// What it has written into a file of its folder since it was started: `said` has standard output and standard error.
  [[nodiscard]] std::string written(const std::string& file = "said") const;
  /// Until that is in what it has written there; false where it ends or takes too long before.
  bool says(const std::string& text, const std::string& file = "said");
  /// The port of its line `listening on`.
  std::uint16_t port();

  void signal(int number) const;
  struct End {
    int code = 0;  ///< exit code, or minus the signal
    bool dumped_core = false;
  };
  /// Signal 0 only waits; what does not end is killed in the end.
  End end(int number = 0);
  /// Cores in its folder.
  [[nodiscard]] std::vector<std::filesystem::path> cores() const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::uintmax_t> before_;  ///< files that were there, and their sizes
  pid_t child_ = 0;
};

}  // namespace balans::test
