#include "cli/doctor/machine.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "common/io/clock/clock.hpp"

extern char** environ;

namespace balans::cli {
namespace {

constexpr std::size_t kMostOutput = 64 * 1024;
constexpr std::size_t kMostNames = 1000;

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
  return text;
}

/// What a child writes, and its end. More than fits is read and dropped, so that the child never waits.
CommandOutcome listen_to(int pipe, pid_t child) {
  CommandOutcome outcome;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t got = ::read(pipe, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const std::size_t room = kMostOutput - outcome.text.size();
    outcome.text.append(chunk.data(), std::min(room, static_cast<std::size_t>(got)));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 126;
  outcome.text = without_line_end(std::move(outcome.text));
  return outcome;
}

CommandOutcome run_command(const std::vector<std::string>& words) {
  std::vector<std::string> all{"timeout", "10"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : all) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "timeout", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  const CommandOutcome outcome = failed == 0 ? listen_to(ends[0], child) : CommandOutcome{};
  ::close(ends[0]);
  return outcome;
}

Result<DiskRoom> room_of(const std::filesystem::path& folder) {
  struct statvfs found {};
  if (::statvfs(folder.c_str(), &found) != 0) return Error{folder.string(), std::generic_category().message(errno)};
  return DiskRoom{std::uint64_t{found.f_bavail} * found.f_frsize, std::uint64_t{found.f_blocks} * found.f_frsize};
}

}  // namespace

std::filesystem::path Machine::at(const std::filesystem::path& path) const {
  if (root == "/" || path.is_relative()) return path;
  const auto [end, rest] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end() ? path : root / path.relative_path();
}

bool Machine::has(const std::filesystem::path& path) const {
  std::error_code ignored;
  return std::filesystem::exists(at(path), ignored);
}

std::string Machine::text(const std::filesystem::path& path) const {
  std::ifstream file(at(path), std::ios::binary);  // such files do not tell their size
  std::string content(kMostOutput, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return without_line_end(std::move(content));
}

std::vector<std::string> Machine::names(const std::filesystem::path& folder) const {
  std::vector<std::string> names;
  std::error_code failed;
  std::filesystem::directory_iterator entry(at(folder), failed);
  for (const std::filesystem::directory_iterator end; !failed && entry != end && names.size() < kMostNames;
       entry.increment(failed))
    names.push_back(entry->path().filename().string());
  std::ranges::sort(names);
  return names;
}

Machine this_machine(std::filesystem::path root, std::string version) {
  Machine machine;
  machine.root = std::filesystem::absolute(root).lexically_normal();
  if (!machine.root.has_filename() && machine.root != "/") machine.root = machine.root.parent_path();
  machine.version = std::move(version);
  machine.run = run_command;
  if (machine.root != "/") machine.run = [](const std::vector<std::string>&) { return CommandOutcome{}; };
  machine.now = [] { return SystemClock().utc(); };
  machine.synchronised = [] { return SystemClock().utc_if_synchronised().has_value(); };
  machine.disk_room = room_of;
  machine.is_root = [] { return ::geteuid() == 0; };
  return machine;
}

}  // namespace balans::cli
