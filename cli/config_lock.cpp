#include "cli/config_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace balans::cli {

Result<ConfigLock> ConfigLock::take(const std::filesystem::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return Error{folder.string(), "cannot be opened: " + std::generic_category().message(errno)};
  ConfigLock lock(opened);
  if (::flock(opened, LOCK_EX | LOCK_NB) == 0) return lock;
  return Error{folder.string(), "another command is writing there (init, pair or ca); when it has ended, once more"};
}

ConfigLock::~ConfigLock() {
  if (folder_ >= 0) ::close(folder_);
}

ConfigLock::ConfigLock(ConfigLock&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}

ConfigLock& ConfigLock::operator=(ConfigLock&& other) noexcept {
  std::swap(folder_, other.folder_);
  return *this;
}

}  // namespace balans::cli
