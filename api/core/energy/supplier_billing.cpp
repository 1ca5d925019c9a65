#include "api/core/energy/supplier_billing.hpp"

#include <algorithm>
#include <utility>

#include "common/wide_integer.hpp"

namespace balans::api::energy {
namespace {

using Wide = Int128;

/// Thousandths of base units; sums of a site's stations still fit.
constexpr Wide kMostMilli = INT64_MAX / 4;

/// Prices by slot, looked up once for all stations.
class Prices {
 public:
  explicit Prices(const SupplierInput& input) : input_(input) {}
  Result<std::int64_t> value(TariffKind kind, UnixTime slot, WattHours energy) {
    if (energy == WattHours()) return std::int64_t{0};
    auto known = prices_.find({kind, slot});
    if (known == prices_.end()) {
      const auto price = price_at(input_.tariffs, kind, slot, input_.zone);
      if (!price) return price.error();
      known = prices_.emplace(std::pair(kind, slot), price->value_or(0)).first;
    }
    const Wide milli = static_cast<Wide>(known->second) * energy.count();
    if (milli > kMostMilli || milli < -kMostMilli) return Error{"supplier", "an amount is too large"};
    return static_cast<std::int64_t>(milli);
  }

 private:
  const SupplierInput& input_;
  std::map<std::pair<TariffKind, UnixTime>, std::int64_t> prices_;
};

Result<void> add_lines(const SupplierInput& input, SupplierRun& run) {
  Prices prices(input);
  for (const SupplierLine& line : input.lines) {
    const auto bought = prices.value(TariffKind::Import, line.slot, line.bought);
    const auto sold = prices.value(TariffKind::FeedIn, line.slot, line.sold);
    if (!bought) return bought.error().within("station " + line.station.str());
    if (!sold) return sold.error().within("station " + line.station.str());
    std::int64_t& owed = run.carried[line.station];
    const Wide sum = static_cast<Wide>(owed) + *bought - *sold;
    if (sum > kMostMilli || sum < -kMostMilli)
      return Error{"station " + line.station.str(), "owes more than an amount can be"};
    owed = static_cast<std::int64_t>(sum);
    run.totals.bought_wh += line.bought.count();
    run.totals.sold_wh += line.sold.count();
  }
  return {};
}

void add_payment(SupplierRun& run, const AgentId& station, const Owner& payer, const Owner& payee,
                 std::int64_t amount) {
  run.payments.push_back({payer, payee, *trade::Amount::of(amount), journal::Code::Tariff, station.str()});
}

void settle(const SupplierInput& input, Funds& funds, const AgentId& station, const Owner& owner, SupplierRun& run) {
  std::int64_t& owed = run.carried[station];
  std::int64_t units = owed / 1000;
  if (const auto limit = funds.find(owner); units > 0 && limit != funds.end()) {
    units = std::min(units, std::max<std::int64_t>(0, limit->second));
    limit->second -= units;
  }
  owed -= units * 1000;
  if (units > 0) add_payment(run, station, owner, input.supplier, units);
  if (units < 0) add_payment(run, station, input.supplier, owner, -units);
  (units > 0 ? run.totals.received : run.totals.paid) += std::abs(units);
}

}  // namespace

Result<SupplierRun> bill_supplier(const SupplierInput& input, const SupplierCarried& carried) {
  SupplierRun run;
  run.carried = carried;
  if (const auto added = add_lines(input, run); !added) return added.error();
  Funds funds = input.funds;
  for (const auto& [station, owed] : run.carried) {
    const auto owner = input.owners.find(station);
    if (owner == input.owners.end()) return Error{"station " + station.str(), "has no owner"};
    settle(input, funds, station, owner->second, run);
  }
  std::erase_if(run.carried, [](const auto& each) { return each.second == 0; });
  return run;
}

}  // namespace balans::api::energy
