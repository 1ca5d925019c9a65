#include "common/io/modbus/line_schedule.hpp"

#include <algorithm>
#include <tuple>

namespace balans {

void LineSchedule::set_gap(std::uint8_t unit, Millis gap) { units_[unit].gap = std::max(units_[unit].gap, gap); }

bool LineSchedule::shared(std::uint8_t unit, LineTime now) const {
  return std::ranges::any_of(units_, [&](const auto& entry) {
    const auto& [other, state] = entry;
    return other != unit && state.wanted && now - *state.wanted < limits_.shared_for;
  });
}

std::optional<std::string> LineSchedule::refusal(const LineRequest& request, LineTime now) const {
  if (request.not_after && now >= *request.not_after) return "the line was busy until it was too late";
  const auto unit = units_.find(request.unit);
  if (request.urgency == Urgency::Setpoint || unit == units_.end() || !unit->second.rests_until) return std::nullopt;
  const Millis left = *unit->second.rests_until - now;
  if (left <= Millis() || !shared(request.unit, now)) return std::nullopt;
  return "left alone for " + std::to_string(left.count()) + " ms, for it was silent " +
         std::to_string(unit->second.silent) + " times and others share the line";
}

std::optional<std::string> LineSchedule::refusal(const Waiting& waiting, LineTime now) const {
  if (now - waiting.since >= limits_.longest_wait)
    return "the line was busy for " + std::to_string((now - waiting.since).count()) + " ms";
  return refusal(waiting.request, now);
}

Result<LineSchedule::Id> LineSchedule::submit(const LineRequest& request, LineTime now) {
  units_[request.unit].wanted = now;
  if (auto why = refusal(request, now)) return Error{"", *why};
  if (waiting_.size() >= limits_.most_waiting)
    return Error{"", std::to_string(waiting_.size()) + " requests wait for the line already"};
  waiting_.push_back({next_id_, request, now});
  return next_id_++;
}

void LineSchedule::cancel(Id id) {
  std::erase_if(waiting_, [id](const Waiting& one) { return one.id == id; });
}

LineTime LineSchedule::free_at(const Waiting& waiting) const {
  const auto unit = units_.find(waiting.request.unit);
  return unit == units_.end() ? LineTime() : unit->second.free_at.value_or(LineTime());
}

bool LineSchedule::before(const Waiting& a, const Waiting& b) const {
  const bool polls_turn = setpoints_in_a_row_ >= limits_.most_setpoints_in_a_row;
  const auto rank = [polls_turn](const Waiting& one) {
    return std::tuple((one.request.urgency == Urgency::Setpoint) == polls_turn, one.request.due, one.id);
  };
  return rank(a) < rank(b);
}

LineSchedule::Step LineSchedule::next(LineTime now) {
  if (waiting_.empty()) return Idle{};
  for (const Waiting& one : waiting_)
    if (auto why = refusal(one, now)) {
      const Id id = one.id;
      cancel(id);
      return Refuse{id, *why};
    }
  const Waiting* best = nullptr;
  LineTime soonest = now + limits_.longest_wait;
  for (const Waiting& one : waiting_) {
    soonest =
        std::min({soonest, free_at(one), one.since + limits_.longest_wait, one.request.not_after.value_or(soonest)});
    if (free_at(one) <= now && (best == nullptr || before(one, *best))) best = &one;
  }
  if (best == nullptr) return WaitUntil{std::max(soonest, now + 1_ms)};
  const Id id = best->id;
  const bool polls_wait =
      std::ranges::any_of(waiting_, [](const Waiting& one) { return one.request.urgency == Urgency::Poll; });
  setpoints_in_a_row_ = best->request.urgency == Urgency::Setpoint && polls_wait ? setpoints_in_a_row_ + 1 : 0;
  cancel(id);
  return Serve{id};
}

void LineSchedule::finished(std::uint8_t unit, Heard heard, LineTime now) {
  Unit& state = units_[unit];
  state.free_at = now + state.gap;
  if (heard == Heard::NoLine) return;
  if (heard == Heard::Unit) {
    state.silent = 0;
    state.rests_until.reset();
    return;
  }
  constexpr int kMostDoublings = 16;
  ++state.silent;
  if (state.silent < 2) return;  // one lost answer says nothing
  const Millis rest = limits_.rest_min * (std::int64_t{1} << std::min(state.silent - 2, kMostDoublings));
  state.rests_until = now + std::min(rest, limits_.rest_max);
}

}  // namespace balans
