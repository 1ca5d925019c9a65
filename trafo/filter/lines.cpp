#include "trafo/filter/lines.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

namespace balans::filter {
namespace {

/// Takes lines off a stream without waiting for more than the line, and without keeping what is too long.
class Lines {
 public:
  Lines(std::istream& in, std::size_t max_bytes) : source_(*in.rdbuf()), max_bytes_(max_bytes) {}

  /// False at the end. A last line without a line end counts.
  bool next() {
    line_.clear();
    length_ = 0;
    while (true) {
      if (begin_ == chunk_.size() && !refill()) return length_ > 0;
      const std::size_t end = chunk_.find('\n', begin_);
      const std::size_t stop = std::min(end, chunk_.size());
      keep(std::string_view(chunk_).substr(begin_, stop - begin_));
      begin_ = std::min(stop + 1, chunk_.size());
      if (end != std::string::npos) return true;
    }
  }
  [[nodiscard]] bool too_long() const { return length_ > max_bytes_; }
  [[nodiscard]] std::size_t length() const { return length_; }
  [[nodiscard]] const std::string& line() const { return line_; }

 private:
  static constexpr std::streamsize kChunk = 64 * 1024;

  void keep(std::string_view part) {
    length_ += part.size();
    if (!too_long()) line_ += part;
  }

  /// Waits for one byte at most: what else is there already comes with it.
  bool refill() {
    begin_ = 0;
    chunk_.clear();
    if (source_.sgetc() == std::char_traits<char>::eof()) return false;
    const std::streamsize there = std::clamp(source_.in_avail(), std::streamsize{1}, kChunk);
    chunk_.resize(static_cast<std::size_t>(there));
    chunk_.resize(static_cast<std::size_t>(source_.sgetn(chunk_.data(), there)));
    return !chunk_.empty();
  }

  std::streambuf& source_;
  std::size_t max_bytes_;
  std::string chunk_;
  std::size_t begin_ = 0;  ///< of what is left of the chunk
  std::string line_;
  std::size_t length_ = 0;
};

bool is_blank(const std::string& line) { return line.find_first_not_of(" \t\r") == std::string::npos; }

Answer answer_to(const Lines& lines, std::size_t max_bytes, Filter& filter) {
  if (!lines.too_long()) return filter.answer(lines.line());
  return refusal(std::nullopt, {"", "a line of " + std::to_string(lines.length()) + " bytes, at most " +
                                        std::to_string(max_bytes) + " are taken"});
}

}  // namespace

Outcome answer_lines(std::istream& in, std::ostream& out, Filter& filter, Flush flush, std::size_t max_bytes) {
  Outcome outcome = Outcome::AllAnswered;
  Lines lines(in, max_bytes);
  while (out && lines.next()) {
    if (!lines.too_long() && is_blank(lines.line())) continue;
    const Answer answer = answer_to(lines, max_bytes, filter);
    if (!answer.good) outcome = Outcome::SomeRefused;
    out << answer.line << '\n';
    if (flush == Flush::EachLine) out.flush();
  }
  out.flush();
  return out ? outcome : Outcome::OutputBroken;
}

}  // namespace balans::filter
