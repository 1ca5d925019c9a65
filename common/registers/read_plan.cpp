#include "common/registers/read_plan.hpp"

#include <algorithm>
#include <tuple>

namespace balans {
namespace {

bool same_table(const RegisterSpan& a, const RegisterSpan& b) {
  return a.unit_id == b.unit_id && a.function == b.function;
}

std::uint32_t end_of(const RegisterSpan& span) { return std::uint32_t{span.address} + span.count; }

/// `span`, made long enough for every block that it has any of.
RegisterSpan with_its_blocks(RegisterSpan span, const std::vector<RegisterSpan>& blocks) {
  for (bool grown = true; grown;) {
    grown = false;
    for (const RegisterSpan& block : blocks) {
      if (!same_table(span, block) || end_of(span) <= block.address || span.address >= end_of(block)) continue;
      const std::uint16_t begin = std::min(span.address, block.address);
      const auto count = static_cast<std::uint16_t>(std::max(end_of(span), end_of(block)) - begin);
      grown = grown || count > span.count;
      span.address = begin;
      span.count = count;
    }
  }
  return span;
}

}  // namespace

std::vector<RegisterSpan> plan_reads(std::vector<RegisterSpan> wanted, const RequestLimits& limits) {
  for (RegisterSpan& span : wanted) span = with_its_blocks(span, limits.blocks);
  // The longest first of those that begin together: what is read anyway has the others in it.
  std::sort(wanted.begin(), wanted.end(), [](const RegisterSpan& a, const RegisterSpan& b) {
    return std::tie(a.unit_id, a.function, a.address, b.count) < std::tie(b.unit_id, b.function, b.address, a.count);
  });
  std::vector<RegisterSpan> plan;
  for (const RegisterSpan& span : wanted) {
    if (plan.empty() || !same_table(plan.back(), span)) {
      plan.push_back(span);
      continue;
    }
    RegisterSpan& last = plan.back();
    const std::uint32_t last_end = end_of(last);
    const std::uint32_t end = std::max(last_end, end_of(span));
    const bool near = span.address <= last_end + limits.max_gap;
    if (near && (end <= last_end || end - last.address <= limits.max_registers))
      last.count = static_cast<std::uint16_t>(end - last.address);
    else
      plan.push_back(span);
  }
  return plan;
}

}  // namespace balans
