#pragma once
// A serial line without hardware: a program opens `name()`, the test holds the other end.

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <string>

namespace balans::test {

class Pty {
 public:
  Pty() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) return;
    name_ = ::ptsname(master_);
    line_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);  // kept open, so that others may come and go
    termios raw{};
    ::tcgetattr(line_, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(line_, TCSANOW, &raw);
  }
  ~Pty() {
    if (line_ >= 0) ::close(line_);
    if (master_ >= 0) ::close(master_);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  [[nodiscard]] bool there() const { return !name_.empty(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int master() const { return master_; }

 private:
  int master_;
  int line_ = -1;
  std::string name_;
};

}  // namespace balans::test
