#include "api/core/energy/allocation.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "api/core/energy/apportion.hpp"

namespace balans::api::energy {
namespace {

constexpr std::array<std::string_view, kUses.size()> kNames{"contract-in", "contract-out",  "shared-in",
                                                            "shared-out",  "from-supplier", "to-supplier"};

Error error_of(const AgentId& meter, std::string what) { return {"meter " + meter.str(), std::move(what)}; }

bool is_plausible(WattHours energy) { return energy.count() >= 0 && energy.count() <= kMostWh; }

/// What of each meter is not used yet.
using Left = std::map<AgentId, Metered>;

Result<Left> all_of(std::span<const Metered> metered) {
  if (metered.size() > kMostMeters)
    return Error{"slot",
                 "has " + std::to_string(metered.size()) + " meters, expected at most " + std::to_string(kMostMeters)};
  Left left;
  for (const Metered& each : metered) {
    if (!is_plausible(each.imported) || !is_plausible(each.exported))
      return error_of(each.meter, "counted an energy outside 0.." + std::to_string(kMostWh) + " Wh");
    if (!left.emplace(each.meter, each).second) return error_of(each.meter, "comes twice in one slot");
  }
  return left;
}

Result<void> take(Left& left, std::span<const EnergyUse> earlier) {
  for (const EnergyUse& use : earlier) {
    const auto found = left.find(use.meter);
    if (found == left.end()) return error_of(use.meter, "is used and not metered");
    WattHours& rest = is_import(use.use) ? found->second.imported : found->second.exported;
    if (use.energy.count() < 0 || use.energy > rest)
      return error_of(use.meter, "uses of " + std::to_string(use.energy.count()) + " Wh as " +
                                     std::string(name_of(use.use)) + ", expected 0.." + std::to_string(rest.count()));
    rest -= use.energy;
  }
  return {};
}

std::int64_t total(const std::vector<std::int64_t>& energies) {
  std::int64_t sum = 0;
  for (const std::int64_t energy : energies) sum += energy;
  return sum;
}

void add(std::vector<EnergyUse>& uses, const AgentId& meter, Use use, std::int64_t energy) {
  if (energy > 0) uses.push_back({meter, use, "", WattHours(energy)});
}

Result<void> share_and_settle(const Left& left, std::vector<EnergyUse>& uses) {
  std::vector<std::int64_t> imports, exports;
  for (const auto& [meter, rest] : left) {
    imports.push_back(rest.imported.count());
    exports.push_back(rest.exported.count());
  }
  // No part is larger than its weight: the whole is at most the sum of the weights, and those are whole numbers.
  const std::int64_t shared = std::min(total(imports), total(exports));
  const auto in = apportion(shared, imports);
  const auto out = apportion(shared, exports);
  if (!in) return in.error();
  if (!out) return out.error();
  std::size_t i = 0;
  for (const auto& [meter, rest] : left) {
    add(uses, meter, Use::SharedIn, (*in)[i]);
    add(uses, meter, Use::SharedOut, (*out)[i]);
    add(uses, meter, Use::FromSupplier, imports[i] - (*in)[i]);
    add(uses, meter, Use::ToSupplier, exports[i] - (*out)[i]);
    ++i;
  }
  return {};
}

using Sums = std::map<std::tuple<AgentId, Use, std::string>, WattHours>;

void add(Sums& sums, std::span<const EnergyUse> uses, std::int64_t times) {
  for (const EnergyUse& use : uses) sums[{use.meter, use.use, use.under}] += use.energy * times;
}

/// By meter, use and contract; one each.
std::vector<EnergyUse> listed(const Sums& sums) {
  std::vector<EnergyUse> uses;
  for (const auto& [key, energy] : sums)
    if (energy != WattHours()) uses.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), energy});
  return uses;
}

}  // namespace

std::string_view name_of(Use use) { return kNames.at(static_cast<std::size_t>(use)); }

Result<Use> parse_use(std::string_view name) {
  for (const Use use : kUses)
    if (name_of(use) == name) return use;
  return Error{"", "'" + std::string(name.substr(0, 40)) +
                       "' is not a use of energy: expected contract-in, contract-out, shared-in, shared-out, "
                       "from-supplier or to-supplier"};
}

bool is_import(Use use) { return use == Use::ContractIn || use == Use::SharedIn || use == Use::FromSupplier; }

Result<std::vector<EnergyUse>> allocate(std::span<const Metered> metered, std::span<const EnergyUse> earlier) {
  auto left = all_of(metered);
  if (!left) return left.error();
  if (const auto taken = take(*left, earlier); !taken) return taken.error();
  std::vector<EnergyUse> uses(earlier.begin(), earlier.end());
  if (const auto shared = share_and_settle(*left, uses); !shared) return shared.error();
  Sums sums;
  add(sums, uses, 1);
  return listed(sums);
}

std::vector<EnergyUse> differences(std::span<const EnergyUse> before, std::span<const EnergyUse> after) {
  Sums sums;
  add(sums, after, 1);
  add(sums, before, -1);
  return listed(sums);
}

}  // namespace balans::api::energy
