#include "common/registers/read_plan.hpp"

#include <algorithm>
#include <tuple>

namespace balans {

std::vector<RegisterSpan> plan_reads(std::vector<RegisterSpan> wanted, const RequestLimits& limits) {
  std::sort(wanted.begin(), wanted.end(), [](const RegisterSpan& a, const RegisterSpan& b) {
    return std::tie(a.function, a.address, a.count) < std::tie(b.function, b.address, b.count);
  });
  std::vector<RegisterSpan> plan;
  for (const RegisterSpan& span : wanted) {
    if (plan.empty() || plan.back().function != span.function) {
      plan.push_back(span);
      continue;
    }
    RegisterSpan& last = plan.back();
    const std::uint32_t last_end = std::uint32_t{last.address} + last.count;
    const std::uint32_t end = std::max(last_end, std::uint32_t{span.address} + span.count);
    const bool near = span.address <= last_end + limits.max_gap;
    if (near && (end <= last_end || end - last.address <= limits.max_registers))
      last.count = static_cast<std::uint16_t>(end - last.address);
    else
      plan.push_back(span);
  }
  return plan;
}

}  // namespace balans
