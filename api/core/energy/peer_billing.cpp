#include "api/core/energy/peer_billing.hpp"

#include <algorithm>
#include <utility>

#include "api/core/energy/allocation.hpp"
#include "api/core/energy/apportion.hpp"
#include "common/wide_integer.hpp"

namespace balans::api::energy {
namespace {

using Wide = Int128;

constexpr std::int64_t kMostUnits = 1'000'000;
constexpr std::int64_t kMostValue = 1'000'000'000'000;
/// Of anything counted in base units: sums of a site's stations still fit.
constexpr Wide kMostMoney = INT64_MAX / 4;

Result<void> in_range(std::string_view key, std::int64_t number, std::int64_t low, std::int64_t high) {
  if (number >= low && number <= high) return {};
  return Error{"energy.peer." + std::string(key),
               std::to_string(number) + " is outside " + std::to_string(low) + ".." + std::to_string(high)};
}

/// One period under way. Sums are wide; what leaves here has been looked at.
class Run {
 public:
  Run(const PeriodInput& input, const Carried& carried, const PeerRules& rules)
      : input_(input), rules_(rules), funds_(input.funds) {
    result_.carried = carried;
    flush_ = input.remainders == Remainders::Flush;
  }

  Result<PeerRun> done() {
    if (const auto sorted = sort_stations(); !sorted) return sorted.error();
    for (std::size_t i = 0; i < stations_.size(); ++i)
      if (const auto billed = bill(i); !billed) return billed.error();
    keep_grid_share();
    if (const auto handed = hand_out(); !handed) return handed.error();
    say_goodbye();
    if (const auto handed = flush_ ? hand_out_the_rest() : Result<void>(); !handed) return handed.error();
    return finished();
  }

 private:
  Result<void> sort_stations();
  Result<void> bill(std::size_t place);
  void ask(const StationEnergy& station, StationCarried& carried);
  void refund(const StationEnergy& station, StationCarried& carried);
  void pay(const StationEnergy& station, StationCarried& carried);
  void count_output(std::size_t place, StationCarried& carried);
  void keep_grid_share();
  Result<void> hand_out();
  Result<void> hand_out_the_rest();
  void say_goodbye();
  Result<PeerRun> finished();

  [[nodiscard]] bool is_flushed(const StationEnergy& station) const { return flush_ || station.stay == Stay::Leaves; }
  /// Base units of so many watt-hours, rounded down.
  [[nodiscard]] Wide value_of(std::int64_t wh) const {
    return static_cast<Wide>(wh) * rules_.units_per_kwh * rules_.unit_value / 1000;
  }
  void add_payment(const Owner& payer, const Owner& payee, Wide amount, journal::Code code, const AgentId* station);

  const PeriodInput& input_;
  const PeerRules& rules_;
  Funds funds_;
  bool flush_ = false;
  std::vector<const StationEnergy*> stations_;  ///< by name
  std::vector<std::int64_t> outputs_;           ///< Wh of this period, beside them
  std::vector<Wide> parts_;                     ///< base units handed out, beside them
  std::vector<Payment> refunds_;
  bool too_large_ = false;
  PeerRun result_;
};

Result<void> Run::sort_stations() {
  if (input_.stations.size() > kMostMeters) return Error{"period", "has too many stations"};
  for (const StationEnergy& station : input_.stations) stations_.push_back(&station);
  std::sort(stations_.begin(), stations_.end(),
            [](const StationEnergy* a, const StationEnergy* b) { return a->station < b->station; });
  const auto same = std::adjacent_find(stations_.begin(), stations_.end(),
                                       [](const auto* a, const auto* b) { return a->station == b->station; });
  if (same != stations_.end()) return Error{"station " + (*same)->station.str(), "comes twice in one period"};
  outputs_.resize(stations_.size());
  parts_.resize(stations_.size());
  if (!flush_) return {};
  std::size_t known = 0;
  for (const StationEnergy* station : stations_) known += result_.carried.stations.count(station->station);
  if (known != result_.carried.stations.size())
    return Error{"period", "a station that carries something is missing at the end of a billing period"};
  return {};
}

void Run::add_payment(const Owner& payer, const Owner& payee, Wide amount, journal::Code code, const AgentId* station) {
  if (amount <= 0) return;
  if (amount > kMostMoney) too_large_ = true;
  if (too_large_) return;
  (code == journal::Code::Refund ? refunds_ : result_.payments)
      .push_back({payer, payee, *trade::Amount::of(static_cast<std::int64_t>(amount)), code,
                  station ? station->str() : std::string()});
}

Result<void> Run::bill(std::size_t place) {
  const StationEnergy& station = *stations_[place];
  StationCarried& carried = result_.carried.stations[station.station];
  for (const std::int64_t wh : {station.usage.count(), station.output.count(), carried.wh, carried.output_debt})
    if (wh > kMostWh || wh < -kMostWh)
      return Error{"station " + station.station.str(), std::to_string(wh) + " Wh is more than can be in a period"};
  result_.totals.usage_wh += station.usage.count();
  result_.totals.output_wh += station.output.count();
  ask(station, carried);
  pay(station, carried);
  count_output(place, carried);
  if (too_large_) return Error{"station " + station.station.str(), "owes more than an amount can be"};
  return {};
}

/// Whole kilowatt-hours; of a station that is flushed, all.
void Run::ask(const StationEnergy& station, StationCarried& carried) {
  const std::int64_t wh = carried.wh + station.usage.count();
  const std::int64_t asked_wh = wh <= 0 ? 0 : is_flushed(station) ? wh : wh - wh % 1000;
  carried.wh = wh - asked_wh;
  const Wide asked = value_of(asked_wh);
  if (carried.owed + asked > kMostMoney || result_.totals.asked + asked > kMostMoney) {
    too_large_ = true;
    return;
  }
  carried.owed += static_cast<std::int64_t>(asked);
  result_.totals.asked += static_cast<std::int64_t>(asked);
  if (is_flushed(station) && carried.wh < 0) refund(station, carried);
}

/// A correction has left the station with less use than was asked for: first what it still owes becomes less, then the
/// grid gives back the rest.
void Run::refund(const StationEnergy& station, StationCarried& carried) {
  const Wide credit = value_of(-carried.wh);
  const Wide off = std::min<Wide>(credit, carried.owed);
  carried.owed -= static_cast<std::int64_t>(off);
  result_.totals.asked -= static_cast<std::int64_t>(off);
  carried.wh = 0;
  add_payment(input_.owners.grid, station.owner, credit - off, journal::Code::Refund, &station.station);
  if (!too_large_) result_.totals.refunded += static_cast<std::int64_t>(credit - off);
}

void Run::pay(const StationEnergy& station, StationCarried& carried) {
  const auto funds = funds_.find(station.owner);
  std::int64_t paid = carried.owed;
  if (funds != funds_.end()) paid = std::min(paid, std::max<std::int64_t>(0, funds->second));
  if (!is_flushed(station)) paid -= paid % (rules_.pay_multiple_units * rules_.unit_value);
  if (paid == 0) return;
  carried.owed -= paid;
  if (funds != funds_.end()) funds->second -= paid;
  if (result_.totals.billed + static_cast<Wide>(paid) > kMostMoney) {
    too_large_ = true;
    return;
  }
  result_.totals.billed += paid;
  add_payment(station.owner, input_.owners.pool, paid, journal::Code::Energy, &station.station);
}

void Run::count_output(std::size_t place, StationCarried& carried) {
  const std::int64_t output = carried.output_debt + stations_[place]->output.count();
  carried.output_debt = flush_ ? 0 : std::min<std::int64_t>(0, output);
  outputs_[place] = std::max<std::int64_t>(0, output);
  carried.output_since = std::min(kMostWh, carried.output_since + outputs_[place]);
}

/// Of what was received. Its fraction of a base unit is carried, and lies in the pool meanwhile.
void Run::keep_grid_share() {
  const Wide share =
      static_cast<Wide>(result_.totals.billed) * rules_.grid_share_numerator + result_.carried.grid_fraction;
  const Wide whole = share / rules_.grid_share_denominator;
  result_.carried.grid_fraction = flush_ ? 0 : static_cast<std::int64_t>(share % rules_.grid_share_denominator);
  result_.totals.grid_share = static_cast<std::int64_t>(whole);
  result_.carried.pool += result_.totals.billed - result_.totals.grid_share;
}

Result<void> Run::hand_out() {
  const std::int64_t block = rules_.block_units * rules_.unit_value;
  const auto blocks = apportion(result_.carried.pool / block, outputs_);
  if (!blocks) return blocks.error();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i] = static_cast<Wide>((*blocks)[i]) * block;
    result_.carried.pool -= static_cast<std::int64_t>(parts_[i]);
  }
  return {};
}

/// Whoever leaves takes its part of what did not fill a block, by all that was put out since the last flush.
void Run::say_goodbye() {
  Wide all = 0;
  for (const auto& [name, carried] : result_.carried.stations) all += carried.output_since;
  const std::int64_t pool = result_.carried.pool;
  for (std::size_t i = 0; i < stations_.size(); ++i) {
    if (stations_[i]->stay == Stay::Stays) continue;
    StationCarried& carried = result_.carried.stations[stations_[i]->station];
    if (all > 0) {
      const auto part = static_cast<std::int64_t>(static_cast<Wide>(pool) * carried.output_since / all);
      parts_[i] += part;
      result_.carried.pool -= part;
    }
    carried = {0, carried.owed, 0, 0};
  }
}

/// By the output of the period; where there was none, by that since the last flush; where there was none either, there
/// is nobody to hand it to and the grid keeps it.
Result<void> Run::hand_out_the_rest() {
  const bool none = std::all_of(outputs_.begin(), outputs_.end(), [](std::int64_t wh) { return wh == 0; });
  std::vector<std::int64_t> weights = outputs_;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    StationCarried& carried = result_.carried.stations[stations_[i]->station];
    if (none) weights[i] = carried.output_since;
    carried.output_since = 0;
  }
  const auto parts = apportion(result_.carried.pool, weights);
  if (!parts) return parts.error();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i] += (*parts)[i];
    result_.carried.pool -= (*parts)[i];
  }
  result_.totals.grid_share += std::exchange(result_.carried.pool, 0);
  return {};
}

Result<PeerRun> Run::finished() {
  add_payment(input_.owners.pool, input_.owners.grid, result_.totals.grid_share, journal::Code::GridShare, nullptr);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    add_payment(input_.owners.pool, stations_[i]->owner, parts_[i], journal::Code::ProducerShare,
                &stations_[i]->station);
    result_.totals.to_producers += static_cast<std::int64_t>(parts_[i]);
  }
  if (too_large_) return Error{"period", "an amount is too large"};
  result_.payments.insert(result_.payments.end(), refunds_.begin(), refunds_.end());
  std::erase_if(result_.carried.stations, [](const auto& each) { return each.second == StationCarried(); });
  return std::move(result_);
}

}  // namespace

Result<void> check(const PeerRules& rules) {
  for (const auto& checked :
       {in_range("unit_value", rules.unit_value, 1, kMostValue),
        in_range("units_per_kwh", rules.units_per_kwh, 0, kMostUnits),
        in_range("pay_multiple_units", rules.pay_multiple_units, 1, kMostUnits),
        in_range("grid_share_denominator", rules.grid_share_denominator, 1, kMostUnits),
        in_range("grid_share_numerator", rules.grid_share_numerator, 0, rules.grid_share_denominator),
        in_range("block_units", rules.block_units, 1, kMostUnits)})
    if (!checked) return checked;
  return {};
}

Result<PeerRun> run(const PeriodInput& input, const Carried& carried, const PeerRules& rules) {
  return Run(input, carried, rules).done();
}

}  // namespace balans::api::energy
