// The list of `balans ca list`, for people and for programs.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "cli/ca.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t days_left(const pki::Certificate& certificate, UnixTime now) {
  return (certificate.ends - now).count() / kDayMs;
}

const char* use_of(pki::Usage usage) {
  switch (usage) {
    case pki::Usage::Client:
      return "client";
    case pki::Usage::Server:
      return "server";
    case pki::Usage::Authority:
      break;
  }
  return "authority";
}

const char* state_of(const pki::Issued& one, UnixTime now) {
  if (one.revoked) return "revoked";
  if (one.certificate.ends <= now) return "ended";
  return pki::due_for_renewal(one.certificate, now) ? "due" : "good";
}

std::string day_of(UnixTime time) {
  using namespace std::chrono;
  const year_month_day day(floor<days>(sys_time<milliseconds>(milliseconds(time.ms()))));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace

std::string ca_list_text(const std::vector<pki::Issued>& issued, UnixTime now) {
  std::string text =
      fmt::format("{:<24} {:<7} {:<8} {:<11} {:>6}  {}\n", "name", "use", "state", "ends", "days", "serial");
  for (const pki::Issued& one : issued)
    text += fmt::format("{:<24} {:<7} {:<8} {:<11} {:>6}  {}\n", one.certificate.name, use_of(one.certificate.usage),
                        state_of(one, now), day_of(one.certificate.ends), days_left(one.certificate, now),
                        one.certificate.serial);
  return text;
}

std::string ca_list_json(const std::vector<pki::Issued>& issued, UnixTime now) {
  boost::json::array list;
  for (const pki::Issued& one : issued) {
    boost::json::object entry{{"name", one.certificate.name},         {"use", use_of(one.certificate.usage)},
                              {"state", state_of(one, now)},          {"begins_ms", one.certificate.begins.ms()},
                              {"ends_ms", one.certificate.ends.ms()}, {"days_left", days_left(one.certificate, now)},
                              {"serial", one.certificate.serial}};
    if (one.revoked) entry["revoked_ms"] = one.revoked->ms();
    list.push_back(std::move(entry));
  }
  return boost::json::serialize(list) + "\n";
}

}  // namespace balans::cli
