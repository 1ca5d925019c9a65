#include "common/io/runtime/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace balans {
namespace {

std::string reason() { return std::generic_category().message(errno); }

Error failed(const std::filesystem::path& path, const std::string& what) {
  return {path.string(), "cannot be " + what + ": " + reason()};
}

/// A file descriptor that is closed.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  bool close() {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

enum class Sync : std::uint8_t { No, Yes };

Result<void> write_whole(const std::filesystem::path& path, std::string_view content, FileMode mode, Sync sync) {
  const auto bits = static_cast<mode_t>(mode);
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, bits));
  if (file.get() < 0) return failed(path, "made");
  if (fchmod(file.get(), bits) != 0) return failed(path, "given its mode");  // whatever the umask is
  if (!write_all(file.get(), content)) return failed(path, "written");
  if (sync == Sync::Yes && fsync(file.get()) != 0) return failed(path, "synced");
  if (!file.close()) return failed(path, "closed");
  return {};
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.get() < 0 || fsync(handle.get()) != 0) return failed(folder, "synced");
  return {};
}

Result<void> replace(const std::filesystem::path& path, std::string_view content, FileMode mode, Sync sync) {
  const std::filesystem::path fresh = path.string() + ".new";
  if (auto written = write_whole(fresh, content, mode, sync); !written.ok()) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed(path, "replaced");
  return sync == Sync::Yes ? sync_folder(folder_of(path)) : Result<void>{};
}

}  // namespace

Result<void> write_file_durably(const std::filesystem::path& path, std::string_view content, FileMode mode) {
  return replace(path, content, mode, Sync::Yes);
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view content, FileMode mode) {
  return replace(path, content, mode, Sync::No);
}

Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed(path, "opened");
  std::string content(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, "read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > max_bytes) return Error{path.string(), "is larger than " + std::to_string(max_bytes) + " bytes"};
  content.resize(size);
  return content;
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  std::error_code problem;
  if (std::filesystem::is_directory(path, problem)) return {};
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), problem);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path, "made");
  if (!std::filesystem::is_directory(path, problem)) return Error{path.string(), "is not a folder"};
  return sync_folder(folder_of(path));
}

}  // namespace balans
