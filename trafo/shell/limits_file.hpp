#pragma once
// Limits that an operator or the grid operator's gateway sets from outside: a JSON file that is replaced as a whole.
//
//   [{"node": "feeder-1", "source": "dso", "max_ma": [40000, 40000, 40000], "until_ms": 1767225600000}]
//
// Each has at least one of `max_ma`, `max_feed_ma` (L1, L2, L3) and `max_va` (three phases together, each way), may
// have `from_ms`, and says until when it holds: `until_ms`, null for "until it is taken back". Times are UTC since
// 1970. A file that is bad or gone takes nothing back: the last good limits hold on, across restarts too. An empty
// array does.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trafo/core/outside.hpp"
#include "trafo/core/site.hpp"

namespace balans {

/// Errors say where by a JSON pointer: `/0/max_ma/1: -5 is outside 0..10000000`.
Result<std::vector<OutsideLimit>> parse_limits(std::string_view json, const Site& site);

class LimitsFile {
 public:
  /// `copy` keeps the last good limits for the next start.
  LimitsFile(std::filesystem::path file, std::filesystem::path copy, const Site& site);

  enum class Look : std::uint8_t {
    Same,     ///< nothing new
    Taken,    ///< new limits
    Refused,  ///< gone or bad: what was taken before holds on
  };
  /// Looks whether the file has changed. Cheap when it has not.
  Look look();

  [[nodiscard]] const std::vector<OutsideLimit>& limits() const { return limits_; }
  /// What is wrong with the file as it is now.
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }
  /// What is wrong with the copy, where that was needed and cannot be read or written.
  [[nodiscard]] const std::optional<Error>& copy_trouble() const { return copy_trouble_; }

 private:
  /// Another one after every replacement and every write.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  [[nodiscard]] std::optional<Stamp> stamp() const;
  Result<void> take();
  void take_copy();

  const std::filesystem::path file_;
  const std::filesystem::path copy_;
  const Site& site_;
  std::vector<OutsideLimit> limits_;
  std::string kept_;  ///< content of the copy
  std::optional<Error> trouble_;
  std::optional<Error> copy_trouble_;
  std::optional<Stamp> seen_;
  bool looked_ = false;
};

}  // namespace balans
