#include "api/core/rfc3339.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace balans::api {
namespace {

namespace ch = std::chrono;

/// Takes a text from the left; the first thing that does not fit makes all that follows fail too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(std::size_t count, int max) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return fail();
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number <= max ? number : fail();
  }
  /// One character out of `allowed`, or '\0'.
  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_[0]) == std::string_view::npos) return fail(), '\0';
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  /// The milliseconds of `.123456`, or 0 where there is no fraction.
  int fraction_ms() {
    if (rest_.empty() || rest_[0] != '.') return 0;
    rest_.remove_prefix(1);
    const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (count == 0 || count > 9) return fail();
    std::string digits(rest_.substr(0, count));
    digits.resize(3, '0');
    rest_.remove_prefix(count);
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  }
  [[nodiscard]] bool complete() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<ch::sys_days> scan_date(Scanner& scan) {
  const int year = scan.digits(4, 9999);
  scan.one_of("-");
  const int month = scan.digits(2, 12);
  scan.one_of("-");
  const int day = scan.digits(2, 31);
  const ch::year_month_day date{ch::year{year}, ch::month{static_cast<unsigned>(month)},
                                ch::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1970) return std::nullopt;
  return ch::sys_days{date};
}

ch::milliseconds scan_time_of_day(Scanner& scan) {
  const ch::hours hour{scan.digits(2, 23)};
  scan.one_of(":");
  const ch::minutes minute{scan.digits(2, 59)};
  scan.one_of(":");
  const ch::seconds second{scan.digits(2, 60)};
  return hour + minute + second + ch::milliseconds{scan.fraction_ms()};
}

ch::minutes scan_offset(Scanner& scan) {
  const char sign = scan.one_of("Zz+-");
  if (sign != '+' && sign != '-') return ch::minutes{0};
  const ch::hours hour{scan.digits(2, 23)};
  scan.one_of(":");
  const ch::minutes offset = hour + ch::minutes{scan.digits(2, 59)};
  return sign == '+' ? offset : -offset;
}

}  // namespace

std::string to_rfc3339(UnixTime time) {
  const ch::sys_time<ch::milliseconds> moment{ch::milliseconds{time.ms()}};
  const auto day = ch::floor<ch::days>(moment);
  const ch::year_month_day date{day};
  const ch::hh_mm_ss clock{moment - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

Result<UnixTime> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  const auto day = scan_date(scan);
  scan.one_of("Tt");
  const ch::milliseconds time_of_day = scan_time_of_day(scan);
  const ch::minutes offset = scan_offset(scan);
  if (!day || !scan.complete())
    return Error{"", "'" + std::string(text.substr(0, 40)) + "' is not an RFC 3339 time such as 2019-04-03T16:00:00Z"};
  return UnixTime((day->time_since_epoch() + time_of_day - offset) / ch::milliseconds{1});
}

}  // namespace balans::api
