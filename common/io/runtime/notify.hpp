#pragma once
// What whoever started this program wants to hear: systemd's notification protocol, one datagram a message.

#include <cstdint>
#include <string>
#include <string_view>

namespace balans {

/// Says nothing where nobody listens. Never waits, and nothing that fails here stops a program.
class Supervisor {
 public:
  /// The one of this process: NOTIFY_SOCKET, and WATCHDOG_USEC where it is meant for this process.
  static Supervisor from_environment();
  /// Nobody.
  Supervisor() = default;

  /// The program's own loop has been round once more; nobody else may call this, or a loop that is stuck would look
  /// alive. The first time says that the program is ready. `status` is one line for people, sent when it changes.
  void beat(std::string_view status);
  /// SIGHUP is being obeyed, until the next `beat`.
  void reloading();
  /// From here the program only tidies up.
  void stopping();

  [[nodiscard]] bool watches() const { return watches_; }

 private:
  enum class Told : std::uint8_t { Nothing, Ready, Reloading, Stopping };

  Supervisor(std::string socket, bool watches) : socket_(std::move(socket)), watches_(watches) {}
  void send(const std::string& message) const;

  std::string socket_;    ///< a path, or an abstract name after '@'; empty: nobody
  bool watches_ = false;  ///< it expects a beat now and then
  Told told_ = Told::Nothing;
  std::string status_;
};

}  // namespace balans
