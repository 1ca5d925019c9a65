#include "tests/bench/polls/fewest_requests.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace balans::bench {
namespace {

using Table = std::pair<std::uint8_t, ReadFunction>;

struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  [[nodiscard]] bool touches(const Range& other) const { return begin < other.end && other.begin < end; }
  [[nodiscard]] bool holds(const Range& other) const { return begin <= other.begin && other.end <= end; }
  auto operator<=>(const Range&) const = default;
};

Range range_of(const RegisterSpan& span) { return {span.address, std::uint32_t{span.address} + span.count}; }
Table table_of(const RegisterSpan& span) { return {span.unit_id, span.function}; }

/// The values of one table, and what the device asks of its readers there.
struct Task {
  std::vector<Range> values;  ///< by their begin, each once
  std::vector<Range> blocks;
  const RequestLimits* limits = nullptr;
};

/// A value together with all that cannot be read without it.
Range whole(Range value, const std::vector<Range>& blocks) {
  bool grown = true;
  while (grown) {
    grown = false;
    for (const Range& block : blocks) {
      if (!value.touches(block) || value.holds(block)) continue;
      value = {std::min(value.begin, block.begin), std::max(value.end, block.end)};
      grown = true;
    }
  }
  return value;
}

std::map<Table, Task> tasks_of(std::span<const RegisterSpan> wanted, const RequestLimits& limits) {
  std::map<Table, std::set<Range>> values;
  std::map<Table, Task> tasks;
  for (const RegisterSpan& block : limits.blocks)
    if (block.unit_id == kOwnUnit) tasks[table_of(block)].blocks.push_back(range_of(block));
  for (const RegisterSpan& span : wanted)
    values[table_of(span)].insert(whole(range_of(span), tasks[table_of(span)].blocks));
  for (auto& [table, task] : tasks) {
    task.values.assign(values[table].begin(), values[table].end());
    task.limits = &limits;
  }
  return tasks;
}

/// Register by register.
bool allowed(const Range& request, const Task& task) {
  const bool one_value = std::ranges::find(task.values, request) != task.values.end();
  if (!one_value && request.end - request.begin > task.limits->max_registers) return false;
  for (const Range& block : task.blocks)
    if (request.touches(block) && !request.holds(block)) return false;
  std::uint32_t unwanted_in_a_row = 0;
  for (std::uint32_t at = request.begin; at < request.end; ++at) {
    const Range here{at, at + 1};
    const bool wanted = std::ranges::any_of(task.values, [&](const Range& value) { return value.touches(here); });
    unwanted_in_a_row = wanted ? 0 : unwanted_in_a_row + 1;
    if (unwanted_in_a_row > task.limits->max_gap) return false;
  }
  return true;
}

/// Shortest path. Values are read in the order of their begins, so what has been read is told by how far requests have
/// reached: a value that begins later has been read when it ends there or before.
std::size_t fewest(const Task& task) {
  std::map<std::uint32_t, std::size_t> reached{{0, 0}};  // how far, with how many requests
  std::size_t best = task.values.size();
  for (auto at = reached.begin(); at != reached.end(); ++at) {
    const auto [far, requests] = *at;
    const auto next = std::ranges::find_if(task.values, [far = far](const Range& value) { return value.end > far; });
    if (next == task.values.end()) {
      best = std::min(best, requests);
      continue;
    }
    for (const Range& first : task.values)
      for (const Range& last : task.values) {
        const Range request{first.begin, last.end};
        if (request.begin > next->begin || request.end < next->end || !allowed(request, task)) continue;
        const auto known = reached.try_emplace(request.end, requests + 1).first;
        known->second = std::min(known->second, requests + 1);
      }
  }
  return best;
}

}  // namespace

std::size_t fewest_requests(std::span<const RegisterSpan> wanted, const RequestLimits& limits) {
  std::size_t all = 0;
  for (const auto& [table, task] : tasks_of(wanted, limits)) all += fewest(task);
  return all;
}

bool may_be_asked(const RegisterSpan& request, std::span<const RegisterSpan> wanted, const RequestLimits& limits) {
  const auto tasks = tasks_of(wanted, limits);
  const auto task = tasks.find(table_of(request));
  return task != tasks.end() && allowed(range_of(request), task->second);
}

std::size_t registers_in(std::span<const RegisterSpan> wanted) {
  std::set<std::pair<Table, std::uint32_t>> registers;
  for (const RegisterSpan& span : wanted)
    for (std::uint32_t at = range_of(span).begin; at < range_of(span).end; ++at) registers.emplace(table_of(span), at);
  return registers.size();
}

}  // namespace balans::bench
