#pragma once
// A child process that cannot outlive us: it dies with its parent, has its own process group, and writes to files.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/result.hpp"

namespace balans::sim {

enum class ChildInput : std::uint8_t { None, Pipe };

struct ChildSpec {
  std::string name;
  std::vector<std::string> arguments;  ///< the first is the program, a path or a name looked up in PATH
  std::filesystem::path out;           ///< standard output, appended
  std::filesystem::path err;           ///< standard error, appended
  ChildInput input = ChildInput::None;
};

class Child {
 public:
  /// To be called from a thread that lives as long as the child: the kernel counts that thread as the parent.
  static Result<std::unique_ptr<Child>> start(ChildSpec spec);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] const ChildSpec& spec() const { return spec_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable once the child has ended.
  [[nodiscard]] int exit_fd() const { return pidfd_; }
  [[nodiscard]] bool running();
  /// `ended with exit code 1`, `was killed by signal 9`; empty while it runs.
  [[nodiscard]] std::string ending();
  [[nodiscard]] bool ended_well() { return !running() && status_ == 0; }

  void send(int signal);
  bool wait_until_ended(std::chrono::milliseconds most);
  /// One line to its standard input, which must be a pipe.
  Result<void> write_line(const std::string& line);

 private:
  Child(ChildSpec spec, pid_t pid, int pidfd, int input);

  ChildSpec spec_;
  pid_t pid_;
  int pidfd_;
  int input_;
  std::optional<int> status_;  ///< as waitpid gives it, once it has ended
};

/// A port of 127.0.0.1 that nobody listens on at this moment.
Result<std::uint16_t> free_port();

}  // namespace balans::sim
