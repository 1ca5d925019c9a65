#include "sim/data/csv.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace balans::sim {
namespace {

constexpr std::size_t kMaxColumns = 10'000;
constexpr std::size_t kMaxRows = 2'000'000;
constexpr std::uintmax_t kMaxFileBytes = 256U << 20;
constexpr std::size_t kMaxDigits = 12;

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> cells;
  std::size_t from = 0;
  for (std::size_t comma = line.find(','); comma != std::string_view::npos; comma = line.find(',', from)) {
    cells.push_back(line.substr(from, comma - from));
    from = comma + 1;
  }
  cells.push_back(line.substr(from));
  return cells;
}

std::optional<std::int64_t> scaled(std::string_view text, int decimals) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  const auto digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || whole.size() > kMaxDigits || !digits(whole) || !digits(fraction)) return std::nullopt;
  if (dot != std::string_view::npos && fraction.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (char c : whole) value = value * 10 + (c - '0');
  for (std::size_t i = 0; i < static_cast<std::size_t>(decimals); ++i)
    value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return negative ? -value : value;
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 12; ++i) text += (i ? ", " : "") + std::string(names[i]);
  return names.size() > 12 ? text + ", …" : text;
}

}  // namespace

Result<Csv> Csv::parse(std::string_view text, std::string name) {
  Csv csv;
  csv.name_ = std::move(name);
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (Result<void> added = csv.add_row(line, line_number); !added) return added.error();
  }
  if (csv.header_.empty()) return Error{csv.name_ + ":1", "the file is empty; expected a header row"};
  return csv;
}

Result<void> Csv::add_row(std::string_view line, std::size_t line_number) {
  const std::string place = name_ + ":" + std::to_string(line_number);
  if (line.find('"') != std::string_view::npos) return Error{place, "quoted cells are not understood"};
  if (line.empty() && !header_.empty()) return {};
  const std::vector<std::string_view> cells = split(line);
  if (header_.empty()) {
    if (line.empty()) return Error{place, "expected a header row"};
    if (cells.size() > kMaxColumns) return Error{place, "more than " + std::to_string(kMaxColumns) + " columns"};
    header_ = cells;
    return {};
  }
  if (cells.size() != header_.size())
    return Error{place, std::to_string(cells.size()) + " cells where the header has " + std::to_string(header_.size())};
  if (lines_.size() == kMaxRows) return Error{place, "more than " + std::to_string(kMaxRows) + " rows"};
  cells_.insert(cells_.end(), cells.begin(), cells.end());
  lines_.push_back(line_number);
  return {};
}

Result<std::size_t> Csv::column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end())
    return Error{name_ + ":1", "no column '" + std::string(name) + "'; there are " + joined(header_)};
  return static_cast<std::size_t>(found - header_.begin());
}

std::string Csv::where(std::size_t row) const { return name_ + ":" + std::to_string(lines_[row]); }

Error Csv::bad(std::size_t row, std::size_t column, const std::string& expected) const {
  return Error{where(row),
               std::string(header_[column]) + ": '" + std::string(cell(row, column)) + "' is not " + expected};
}

Result<std::int64_t> Csv::decimal(std::size_t row, std::size_t column, int decimals) const {
  const std::optional<std::int64_t> value = scaled(cell(row, column), decimals);
  if (!value) return bad(row, column, "a decimal number");
  return *value;
}

Result<std::int64_t> Csv::decimal_in(std::size_t row, std::size_t column, int decimals, std::int64_t low,
                                     std::int64_t high) const {
  Result<std::int64_t> value = decimal(row, column, decimals);
  if (!value || (*value >= low && *value <= high)) return value;
  std::int64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  const auto shown = [&](std::int64_t v) {
    return v % unit == 0 ? std::to_string(v / unit) : std::to_string(v) + "e-" + std::to_string(decimals);
  };
  return bad(row, column, "inside " + shown(low) + ".." + shown(high));
}

Result<std::string> read_text(const std::string& path) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  if (failure) return Error{path, "cannot be read: " + failure.message()};
  if (size > kMaxFileBytes) return Error{path, "is larger than 256 MiB"};
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{path, "cannot be opened"};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace balans::sim
