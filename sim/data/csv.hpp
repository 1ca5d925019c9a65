#pragma once
// Comma-separated text with one header row, LF or CRLF. Errors say file and line: `loads.csv:7: …`.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace balans::sim {

/// Views into the text it was parsed from, which must outlive it.
class Csv {
 public:
  /// `name` is what errors call the file.
  static Result<Csv> parse(std::string_view text, std::string name);

  [[nodiscard]] std::size_t rows() const { return lines_.size(); }
  [[nodiscard]] const std::vector<std::string_view>& header() const { return header_; }
  /// The index of a column, or an error on line 1 that lists the columns there are.
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const;
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const {
    return cells_[row * header_.size() + column];
  }
  /// `name:line` of a row.
  [[nodiscard]] std::string where(std::size_t row) const;
  /// The cell as a decimal number times 10^`decimals`; further digits are dropped.
  [[nodiscard]] Result<std::int64_t> decimal(std::size_t row, std::size_t column, int decimals) const;
  /// The same, refusing what is outside `low`..`high` (given in the scaled unit).
  [[nodiscard]] Result<std::int64_t> decimal_in(std::size_t row, std::size_t column, int decimals, std::int64_t low,
                                                std::int64_t high) const;
  /// An error about one cell: `loads.csv:7: pf: '1.2' …`.
  [[nodiscard]] Error bad(std::size_t row, std::size_t column, const std::string& expected) const;

 private:
  Result<void> add_row(std::string_view line, std::size_t line_number);

  std::string name_;
  std::vector<std::string_view> header_;
  std::vector<std::string_view> cells_;
  std::vector<std::size_t> lines_;  // line number of each row
};

/// The whole of a file of at most 256 MiB.
Result<std::string> read_text(const std::string& path);

}  // namespace balans::sim
