#pragma once
// What a program did, one JSON object a line: {"t_ms":…,"utc_ms":…,"event":"lease-accepted","seq":7}. Tests of whole
// processes assert on these lines, so their names are part of a program's interface.

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "common/io/clock/clock.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

class EventLog {
 public:
  using Value = std::variant<std::string, std::int64_t, bool, PerPhase<std::int64_t>>;
  struct Field {
    Field(std::string_view name, std::string_view text) : key(name), value(std::string(text)) {}
    Field(std::string_view name, const char* text) : Field(name, std::string_view(text)) {}
    Field(std::string_view name, const std::string& text) : Field(name, std::string_view(text)) {}
    Field(std::string_view name, bool flag) : key(name), value(flag) {}
    Field(std::string_view name, std::signed_integral auto number) : key(name), value(std::int64_t{number}) {}
    /// Unsigned 64-bit numbers are mostly random ids, which JSON readers round: they are written as text when large.
    Field(std::string_view name, std::uint64_t number);
    template <class Tag>
    Field(std::string_view name, Quantity<Tag> quantity) : key(name), value(quantity.count()) {}
    template <class Tag>
    Field(std::string_view name, const PerPhase<Quantity<Tag>>& each)
        : key(name),
          value(PerPhase<std::int64_t>{{each.values[0].count(), each.values[1].count(), each.values[2].count()}}) {}

    std::string key;
    Value value;
  };

  static constexpr std::int64_t kMaxBytes = 64 * 1024 * 1024;

  /// Appends to `file`, or writes to standard error when there is none. A file that reaches `max_bytes` becomes
  /// `file.1`, replacing the one before.
  static Result<std::unique_ptr<EventLog>> open(const std::optional<std::filesystem::path>& file, const Clock& clock,
                                                std::int64_t max_bytes = kMaxBytes);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// From any thread; the line is with the kernel when this returns. A log that cannot be written never stops a
  /// program: the line is counted as lost.
  void write(std::string_view event, std::initializer_list<Field> fields = {});
  void write(std::string_view event, std::span<const Field> fields);
  [[nodiscard]] std::int64_t lost_lines() const;

 private:
  EventLog(int fd, std::optional<std::filesystem::path> file, std::int64_t size, const Clock& clock,
           std::int64_t max_bytes);
  void append(const std::string& line);
  void rotate();

  const Clock& clock_;
  const std::optional<std::filesystem::path> file_;
  const std::int64_t max_bytes_;
  mutable std::mutex mutex_;
  int fd_;
  std::int64_t size_;
  std::int64_t lost_ = 0;
};

}  // namespace balans
