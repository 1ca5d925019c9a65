#pragma once
// A program of somebody else's, started and stopped by a test.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace balans::test {

class Program {
 public:
  /// The place of an installed program; nothing where it is not there.
  static std::optional<std::string> find(const std::string& name);

  /// Starts it; what it prints goes to a file of its own.
  explicit Program(const std::vector<std::string>& command);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Its exit code; nothing when it does not end in time or is killed by a signal.
  std::optional<int> wait(std::chrono::seconds longest = std::chrono::seconds(60));
  [[nodiscard]] bool running();
  [[nodiscard]] std::string output() const;

 private:
  std::filesystem::path output_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace balans::test
