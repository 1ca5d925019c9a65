#include "common/io/modbus/line_budget.hpp"

#include <algorithm>

#include "common/io/modbus/serial_framing.hpp"
#include "common/io/modbus/serial_port.hpp"

namespace balans {
namespace {

constexpr std::int64_t kRequestPdu = 5;

std::int64_t answer_pdu(const RegisterSpan& read) {
  return 2 + (is_bits(read.function) ? (read.count + 7) / 8 : 2 * read.count);  // function, length
}

std::string percent(std::int64_t permille) {
  return std::to_string(permille / 10) + "." + std::to_string(permille % 10) + " %";
}

LineShare share_of(const PlannedPoll& poll, const SerialFormat& format) {
  LineShare share{poll.name, 0, 0, 0, poll.requests.size(), poll.period};
  for (const RegisterSpan& read : poll.requests) {
    const std::int64_t took = request_us(read, format);
    share.cycle_us += took;
    share.least_us += std::max(took, took + poll.min_gap.count() * 1000 - frame_gap(format).count());
  }
  const std::int64_t period_us = std::max<std::int64_t>(poll.period.count(), 1) * 1000;
  share.permille = (share.cycle_us * 1000 + period_us - 1) / period_us;
  return share;
}

std::string described(const LineShare& share) {
  return share.name + " " + percent(share.permille) + " (" + std::to_string(share.requests) + " requests, " +
         std::to_string((share.least_us + 999) / 1000) + " ms, every " + std::to_string(share.period.count()) + " ms)";
}

}  // namespace

std::int64_t request_us(const RegisterSpan& read, const SerialFormat& format) {
  const std::int64_t bytes =
      bytes_on_the_line(format.framing, kRequestPdu) + bytes_on_the_line(format.framing, answer_pdu(read));
  return bytes * character_time(format).count() + kCommonTurnaroundUs + 2 * frame_gap(format).count();
}

LineBudget budget_of(std::span<const PlannedPoll> polls, const std::optional<SerialFormat>& format) {
  LineBudget budget;
  for (const PlannedPoll& poll : polls) {
    budget.shares.push_back(share_of(poll, format.value_or(SerialFormat{})));
    budget.permille += budget.shares.back().permille;
  }
  return budget;
}

std::optional<std::string> budget_warning(const LineBudget& budget) {
  std::string late;
  for (const LineShare& share : budget.shares)
    if (share.least_us > share.period.count() * 1000)
      late += "; " + share.name + " cannot be read every " + std::to_string(share.period.count()) + " ms";
  if (budget.permille <= kSoundLinePermille && late.empty()) return std::nullopt;
  std::string text = "the polls take " + percent(budget.permille) + " of the line's time, more than " +
                     percent(kSoundLinePermille) + " leaves no room: ";
  if (budget.permille <= kSoundLinePermille)
    text = "the polls take " + percent(budget.permille) + " of the line's time: ";
  for (std::size_t i = 0; i < budget.shares.size(); ++i) text += (i == 0 ? "" : ", ") + described(budget.shares[i]);
  return text + late;
}

}  // namespace balans
