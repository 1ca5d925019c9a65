#include "cli/backup/in_use.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "common/io/runtime/files.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;
using FileNumber = std::pair<dev_t, ino_t>;

std::set<FileNumber> files_below(const fs::path& tree) {
  std::set<FileNumber> files;
  std::error_code problem;
  for (fs::recursive_directory_iterator it(tree, problem), end; !problem && it != end; it.increment(problem)) {
    struct stat status {};
    if (::lstat(it->path().c_str(), &status) == 0 && S_ISREG(status.st_mode))
      files.emplace(status.st_dev, status.st_ino);
  }
  return files;
}

bool has_open(const fs::path& process, const std::set<FileNumber>& files) {
  std::error_code problem;
  for (fs::directory_iterator it(process / "fd", problem), end; !problem && it != end; it.increment(problem)) {
    struct stat status {};
    if (::stat(it->path().c_str(), &status) == 0 && files.contains({status.st_dev, status.st_ino})) return true;
  }
  return false;
}

std::string name_of(const fs::path& process) {
  const auto comm = read_small_file(process / "comm", 100);
  std::string name = comm ? *comm : "a process";
  std::erase(name, '\n');
  return name + " (" + process.filename().string() + ")";
}

}  // namespace

std::vector<std::string> users_of(const fs::path& tree) {
  std::vector<std::string> users;
  const std::set<FileNumber> files = files_below(tree);
  std::error_code problem;
  for (fs::directory_iterator it("/proc", problem), end; !files.empty() && !problem && it != end;
       it.increment(problem)) {
    const std::string number = it->path().filename().string();
    if (!std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (number != std::to_string(::getpid()) && has_open(it->path(), files)) users.push_back(name_of(it->path()));
  }
  return users;
}

}  // namespace balans::cli
