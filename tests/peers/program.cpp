#include "tests/peers/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace balans::test {

std::optional<std::string> Program::find(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/"})
    if (const std::string place = folder + name; ::access(place.c_str(), X_OK) == 0) return place;
  return std::nullopt;
}

Program::Program(const std::vector<std::string>& command) {
  std::string pattern = (std::filesystem::temp_directory_path() / "balans-peer-XXXXXX").string();
  const int out = ::mkstemp(pattern.data());
  if (out < 0) throw std::runtime_error("no file for the peer's output");
  output_ = pattern;
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // the peer never outlives the test
    if (::getppid() != parent) ::_exit(1);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(out);
}

Program::~Program() {
  if (running()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove(output_, ignored);
}

bool Program::running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  pid_ = -1;
  if (WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
  return false;
}

std::optional<int> Program::wait(std::chrono::seconds longest) {
  const auto deadline = std::chrono::steady_clock::now() + longest;
  while (running() && std::chrono::steady_clock::now() < deadline) ::poll(nullptr, 0, 10);
  return exit_code_;
}

std::string Program::output() const {
  std::ifstream file(output_);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace balans::test
