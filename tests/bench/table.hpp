#pragma once
// What was measured, as a table of docs/benchmarks.md.

#include <benchmark/benchmark.h>

#include <map>
#include <string>

namespace balans::bench {

/// Prints as the library does, and remembers the median of each benchmark.
class TableReporter : public benchmark::ConsoleReporter {
 public:
  TableReporter() : benchmark::ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run>& runs) override;

  /// The tables, in Markdown. Benchmarks that did not run have a dash.
  [[nodiscard]] std::string markdown() const;

 private:
  struct Measured {
    double microseconds = 0;
    double heap = 0;
  };
  [[nodiscard]] const Measured* found(const std::string& name) const;
  [[nodiscard]] std::string decisions() const;
  [[nodiscard]] std::string goals() const;
  [[nodiscard]] std::string ratings() const;
  /// The slowest decision about this many devices, of all trees and streets.
  [[nodiscard]] double slowest(std::int64_t devices) const;

  std::map<std::string, Measured> measured_;
};

}  // namespace balans::bench
