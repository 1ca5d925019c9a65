#include "common/io/runtime/event_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

namespace balans {
namespace {

constexpr std::size_t kMaxText = 2000;

/// A JSON text. Bytes above ASCII are kept only if all of them are UTF-8, so that a line is always valid JSON.
std::string json_text(std::string_view text) {
  std::string clean(text.substr(0, kMaxText));
  const auto follows = [&](std::size_t i) {
    return i < clean.size() && (static_cast<unsigned char>(clean[i]) & 0xC0U) == 0x80U;
  };
  for (std::size_t i = 0; i < clean.size();) {
    const auto first = static_cast<unsigned char>(clean[i]);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    bool whole = first < 0x80 || (first >= 0xC2 && first < 0xF5);
    for (std::size_t k = 1; k < length; ++k) whole = whole && follows(i + k);
    if (!whole) clean[i] = '?';
    i += whole ? length : 1;
  }
  return boost::json::serialize(boost::json::string_view(clean.data(), clean.size()));
}

struct AsJson {
  std::string operator()(const std::string& text) const { return json_text(text); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const PerPhase<std::int64_t>& each) const {
    std::string list = "[";
    for (Phase p : kPhases) list += (p == Phase::L1 ? "" : ",") + std::to_string(each[p]);
    return list + "]";
  }
};

int open_for_append(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

}  // namespace

EventLog::Field::Field(std::string_view name, std::uint64_t number) : key(name) {
  constexpr std::uint64_t kExactInJson = std::uint64_t{1} << 53U;
  if (number <= kExactInJson) {
    value = static_cast<std::int64_t>(number);
  } else {
    value = std::to_string(number);
  }
}

Result<std::unique_ptr<EventLog>> EventLog::open(const std::optional<std::filesystem::path>& file, const Clock& clock,
                                                 std::int64_t max_bytes) {
  if (!file) return std::unique_ptr<EventLog>(new EventLog(STDERR_FILENO, file, 0, clock, max_bytes));
  const int fd = open_for_append(*file);
  struct stat info {};
  if (fd < 0 || fstat(fd, &info) != 0)
    return Error{file->string(), "cannot be opened as event log: " + std::generic_category().message(errno)};
  return std::unique_ptr<EventLog>(new EventLog(fd, file, info.st_size, clock, max_bytes));
}

EventLog::EventLog(int fd, std::optional<std::filesystem::path> file, std::int64_t size, const Clock& clock,
                   std::int64_t max_bytes)
    : clock_(clock), file_(std::move(file)), max_bytes_(max_bytes), fd_(fd), size_(size) {}

EventLog::~EventLog() {
  if (file_ && fd_ >= 0) ::close(fd_);
}

void EventLog::write(std::string_view event, std::initializer_list<Field> fields) {
  write(event, std::span<const Field>(fields.begin(), fields.size()));
}

void EventLog::write(std::string_view event, std::span<const Field> fields) {
  const std::lock_guard lock(mutex_);  // before the time is read, so that lines are in the order of their times
  std::string line = "{\"t_ms\":" + std::to_string(clock_.boot().ms()) +
                     ",\"utc_ms\":" + std::to_string(clock_.utc().ms()) + ",\"event\":" + json_text(event);
  for (const Field& field : fields) line += "," + json_text(field.key) + ":" + std::visit(AsJson{}, field.value);
  line += "}\n";
  append(line);
}

void EventLog::append(const std::string& line) {
  const auto length = static_cast<std::int64_t>(line.size());
  if (file_ && size_ + length > max_bytes_) rotate();
  // One write for the whole line: readers never see half of one, and nothing is lost when the process is killed.
  const ssize_t written = fd_ < 0 ? -1 : ::write(fd_, line.data(), line.size());
  if (written > 0) size_ += written;
  if (written != length) ++lost_;
}

void EventLog::rotate() {
  std::error_code ignored;  // a log that cannot be moved is started again in its place
  std::filesystem::rename(*file_, file_->string() + ".1", ignored);
  if (fd_ >= 0) ::close(fd_);
  fd_ = open_for_append(*file_);
  if (ignored && fd_ >= 0 && ftruncate(fd_, 0) != 0) ++lost_;
  size_ = 0;
}

std::int64_t EventLog::lost_lines() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

}  // namespace balans
