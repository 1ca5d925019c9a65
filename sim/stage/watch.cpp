#include "sim/stage/watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "common/check.hpp"

namespace balans::sim {
namespace {

constexpr std::size_t kChunk = 1U << 20;
constexpr std::size_t kTail = 16 * 1024;

}  // namespace

std::vector<std::string> GrowingFile::new_lines() {
  std::vector<std::string> lines;
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(path_, none);
  if (none) return lines;
  if (size < offset_) {
    offset_ = 0;
    partial_.clear();
  }
  std::ifstream file(path_, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset_));
  while (file && offset_ < size) {
    std::string chunk(std::min<std::uintmax_t>(kChunk, size - offset_), '\0');
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    chunk.resize(static_cast<std::size_t>(file.gcount()));
    if (chunk.empty()) break;
    offset_ += chunk.size();
    partial_ += chunk;
  }
  std::size_t from = 0;
  for (std::size_t end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n', from)) {
    lines.push_back(partial_.substr(from, end - from));
    from = end + 1;
  }
  partial_.erase(0, from);
  return lines;
}

Watch::Watch() : inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  BALANS_CHECK(inotify_ >= 0 && wake_ >= 0);
}

Watch::~Watch() {
  close(inotify_);
  close(wake_);
}

void Watch::add_folder(const std::filesystem::path& folder) {
  inotify_add_watch(inotify_, folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
}

void Watch::interrupt() {
  const std::uint64_t one = 1;
  static_cast<void>(!write(wake_, &one, sizeof one));  // full means: already interrupted
}

bool Watch::interrupted() const {
  pollfd state{wake_, POLLIN, 0};
  return poll(&state, 1, 0) > 0;
}

void Watch::wait(std::chrono::milliseconds most, const std::vector<int>& more) {
  std::vector<pollfd> waiting{{inotify_, POLLIN, 0}, {wake_, POLLIN, 0}};
  for (int fd : more) waiting.push_back({fd, POLLIN, 0});
  poll(waiting.data(), waiting.size(), static_cast<int>(std::max<std::int64_t>(0, most.count())));
  std::array<char, 16 * 1024> events{};
  while (read(inotify_, events.data(), events.size()) > 0) continue;
}

std::string last_lines(const std::filesystem::path& file, std::size_t lines) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return "";
  const auto size = static_cast<std::size_t>(stream.tellg());
  std::string text(std::min(size, kTail), '\0');
  stream.seekg(static_cast<std::streamoff>(size - text.size()));
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t from = text.size();
  for (std::size_t i = 0; i < lines && from != std::string::npos && from > 0; ++i) from = text.rfind('\n', from - 1);
  return from == std::string::npos || from == 0 ? text : text.substr(from + 1);
}

}  // namespace balans::sim
