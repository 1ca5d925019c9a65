#pragma once
// Standard input, line by line, on a thread that can be ended.

#include <functional>
#include <string>
#include <thread>

namespace balans::sim {

class InputLines {
 public:
  /// `on_line` is called from the thread for each line of at most 64 KiB; longer ones end the reading.
  InputLines(int fd, std::function<void(std::string)> on_line);
  ~InputLines();
  InputLines(const InputLines&) = delete;
  InputLines& operator=(const InputLines&) = delete;

 private:
  void read_until_stopped(int fd, const std::function<void(std::string)>& on_line) const;

  int wake_;
  std::jthread thread_;
};

}  // namespace balans::sim
