#include "cli/program_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace balans::cli {
namespace {

constexpr std::size_t kMostOutput = 1024 * 1024;

bool can_be_run(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

/// Both ends of a pipe.
struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writing() {
    ::close(ends[1]);
    ends[1] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

/// False at the end.
bool read_some(int from, std::string& into) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(from, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR;
  if (into.size() < kMostOutput) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

/// Until both are closed. False when it took too long.
bool read_both(const Pipe& out, const Pipe& err, std::chrono::seconds longest, ProgramAnswer& answer) {
  const auto end = std::chrono::steady_clock::now() + longest;
  std::array<pollfd, 2> waits{{{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}}};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (ready <= 0) continue;
    if (waits[0].revents != 0 && !read_some(waits[0].fd, answer.out)) waits[0].fd = -1;
    if (waits[1].revents != 0 && !read_some(waits[1].fd, answer.err)) waits[1].fd = -1;
  }
  return true;
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

std::optional<std::filesystem::path> find_program(const std::string& name,
                                                  const std::optional<std::filesystem::path>& folder) {
  std::error_code ignored;
  const auto own = folder.value_or(std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path());
  if (can_be_run(own / name)) return own / name;
  const char* path = std::getenv("PATH");
  std::string_view left = folder || path == nullptr ? "" : path;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(':'), left.size());
    const std::filesystem::path file = std::filesystem::path(left.substr(0, end)) / name;
    if (end > 0 && can_be_run(file)) return file;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return std::nullopt;
}

Result<ProgramAnswer> run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                  std::chrono::seconds longest) {
  std::string name = program.string();
  std::vector<std::string> texts = arguments;
  std::vector<char*> argv{name.data()};
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  Pipe out, err;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
  pid_t child = -1;
  const int problem = ::posix_spawn(&child, name.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) return Error{name, "cannot be run: " + std::generic_category().message(problem)};
  out.close_writing();
  err.close_writing();
  ProgramAnswer answer;
  const bool in_time = read_both(out, err, longest, answer);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return Error{name, "did not end within " + std::to_string(longest.count()) + " s"};
  answer.code = code_of(status);
  return answer;
}

}  // namespace balans::cli
