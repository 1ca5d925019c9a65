#include "cli/doctor/machine.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>

#include "cli/program_run.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kMostOutput = 64 * 1024;
constexpr std::size_t kMostNames = 1000;
constexpr std::chrono::seconds kLongestCommand{10};

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
  return text;
}

CommandOutcome run_command(const std::vector<std::string>& words) {
  const auto program = find_program(words.front());
  if (!program) return {};
  const auto answer = run_program(*program, {words.begin() + 1, words.end()}, kLongestCommand);
  if (!answer) return {};
  return {answer->code, without_line_end(answer->out.substr(0, kMostOutput))};
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
