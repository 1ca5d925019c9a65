#pragma once
// A broker of the test's own: a real mosquitto on a free port, with a private config and folder.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace balans::test {

/// A port of 127.0.0.1 that nobody listens on now.
int free_port();

class Mosquitto {
 public:
  /// Whether this machine has the program. Tests that need it: `if (!Mosquitto::available()) GTEST_SKIP() << …`.
  static bool available();

  /// Starts a broker on a free port of 127.0.0.1 and returns when it accepts connections. `extra_config` lines are
  /// added to the config file.
  explicit Mosquitto(const std::vector<std::string>& extra_config = {});
  ~Mosquitto();
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  void kill();    ///< SIGKILL: gone without a word
  void start();   ///< again on the same port, after kill()
  void freeze();  ///< SIGSTOP: connections stay half-open
  void thaw();    ///< SIGCONT
  /// What the broker has logged so far, for messages of tests that fail.
  [[nodiscard]] std::string log() const;

 private:
  void write_config(const std::vector<std::string>& extra) const;
  bool launch();
  bool wait_until_it_accepts();

  std::filesystem::path folder_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace balans::test
