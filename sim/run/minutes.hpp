#pragma once
// A row for each minute of a run, and one for each session, as CSV, for people who plot.

#include <fstream>
#include <optional>
#include <span>
#include <string>

#include "sim/run/ledger.hpp"

namespace balans::runs {

class MinuteLog {
 public:
  /// Nothing where no file is asked for; an error when it cannot be written.
  static Result<std::optional<MinuteLog>> open(const std::optional<std::string>& file);

  void add(sim::LocalTime now, const TickTruth& truth, std::span<const std::optional<Visit>> plugged,
           std::span<const Milliamps> currents, double hot_spot_c);
  /// Whether all of it could be written.
  Result<void> finish();

 private:
  MinuteLog(std::string name, std::ofstream file) : name_(std::move(name)), file_(std::move(file)) {}
  std::string name_;
  std::ofstream file_;
};

/// Every session that is over: who came when, asked for what and got how much.
Result<void> write_visits(const std::string& file, std::span<const Visit> visits);

}  // namespace balans::runs
