// Tariffs and rules as JSON.
#include "api/core/energy/json_parts.hpp"

namespace balans::api::energy {
namespace {

using namespace parts;

constexpr std::size_t kMostTariffs = 1000;

void write(Writer& w, const FixedPrice& price) { w.key("per_kwh").integer(price.per_kwh); }

void write(Writer& w, const WeekTable& table) {
  w.key("rows").begin_array();
  for (const WeekRow& row : table.rows) {
    w.begin_object().key("from_minute").integer(row.from_minute);
    w.key("per_kwh").integer(row.per_kwh).end_object();
  }
  w.end_array();
}

void write(Writer& w, const PriceSteps& prices) {
  w.key("steps").begin_array();
  for (const PriceStep& step : prices.steps) {
    w.begin_object().key("from").string(to_rfc3339(step.from));
    w.key("per_kwh").integer(step.per_kwh).end_object();
  }
  w.end_array();
}

void write(Writer& w, const Tariff& tariff) {
  w.begin_object().key("kind").string(name_of(tariff.kind)).key("asset").string(trade::name_of(tariff.asset));
  w.key("from").string(to_rfc3339(tariff.valid.from)).key("until").string(to_rfc3339(tariff.valid.to));
  std::visit([&w](const auto& price) { write(w, price); }, tariff.price);
  w.end_object();
}

std::int64_t read_price(ObjectReader& r) { return r.integer("per_kwh", -kHighestPrice, kHighestPrice); }

WeekTable read_rows(ObjectReader& r, std::optional<Error>& error) {
  WeekTable table;
  read_objects(r, "rows", kMostTariffRows, error, [&](ObjectReader& row) {
    const std::int64_t from = row.integer("from_minute", 0, kMinutesOfAWeek - 1);
    table.rows.push_back({from, read_price(row)});
  });
  return table;
}

PriceSteps read_steps(ObjectReader& r, std::optional<Error>& error) {
  PriceSteps prices;
  read_objects(r, "steps", kMostTariffRows, error, [&](ObjectReader& step) {
    const UnixTime from = read_time(step, "from");
    prices.steps.push_back({from, read_price(step)});
  });
  return prices;
}

/// `rows[3].per_kwh` as the end of a JSON pointer.
std::string pointer_of(const std::string& place) {
  std::string pointer;
  for (const char c : place)
    if (c != ']') pointer += c == '[' || c == '.' ? '/' : c;
  return pointer;
}

/// Also refuses what `check` does, at its place.
Tariff read_tariff(ObjectReader& r, std::optional<Error>& error) {
  Tariff tariff;
  tariff.kind = read_text(r, "kind", parse_tariff_kind);
  tariff.asset = read_asset(r);
  tariff.valid = {read_time(r, "from"), read_time(r, "until")};
  if (r.has("rows"))
    tariff.price = read_rows(r, error);
  else if (r.has("steps"))
    tariff.price = read_steps(r, error);
  else if (r.has("per_kwh"))
    tariff.price = FixedPrice{read_price(r)};
  else
    r.fail("per_kwh", "missing; expected per_kwh, rows or steps");
  if (r.failed()) return tariff;
  if (const auto checked = check(tariff); !checked)
    error = Error{r.path_of("") + pointer_of(checked.error().where), checked.error().what};
  return tariff;
}

}  // namespace

std::string encode(const Tariff& tariff) {
  Writer w;
  write(w, tariff);
  return w.take();
}

Result<Tariff> decode_tariff(std::string_view json) { return read_document<Tariff>(json, read_tariff); }

std::string encode_tariffs(std::span<const Tariff> tariffs) {
  Writer w;
  w.begin_object().key("tariffs").begin_array();
  for (const Tariff& tariff : tariffs) write(w, tariff);
  return w.end_array().end_object().take();
}

Result<std::vector<Tariff>> decode_tariffs(std::string_view json) {
  return read_document<std::vector<Tariff>>(json, [](ObjectReader& r, std::optional<Error>& error) {
    std::vector<Tariff> tariffs;
    read_objects(r, "tariffs", kMostTariffs, error,
                 [&](ObjectReader& each) { tariffs.push_back(read_tariff(each, error)); });
    return tariffs;
  });
}

std::string encode(const BillingRules& rules) {
  Writer w;
  const PeerRules& peer = rules.peer;
  w.begin_object().key("asset").string(trade::name_of(peer.asset)).key("unit_value").integer(peer.unit_value);
  w.key("units_per_kwh").integer(peer.units_per_kwh).key("pay_multiple_units").integer(peer.pay_multiple_units);
  w.key("grid_share_numerator").integer(peer.grid_share_numerator);
  w.key("grid_share_denominator").integer(peer.grid_share_denominator);
  w.key("block_units").integer(peer.block_units).key("period_s").integer(rules.period / 1_s);
  w.key("run_after_s").integer(rules.run_after / 1_s);
  w.key("remember_left_days").integer(rules.remember_left / (24 * 60_min));
  w.key("utc_offset_min").integer(rules.zone.offset / 1_min);
  w.key("summer_time").boolean(rules.zone.summer_time == SummerTime::European);
  return w.end_object().take();
}

Result<BillingRules> decode_rules(std::string_view json) {
  return read_document<BillingRules>(json, [](ObjectReader& r, std::optional<Error>&) {
    BillingRules rules;
    rules.peer.asset = read_asset(r);
    rules.peer.unit_value = read_integer(r, "unit_value");
    rules.peer.units_per_kwh = read_integer(r, "units_per_kwh");
    rules.peer.pay_multiple_units = read_integer(r, "pay_multiple_units");
    rules.peer.grid_share_numerator = read_integer(r, "grid_share_numerator");
    rules.peer.grid_share_denominator = read_integer(r, "grid_share_denominator");
    rules.peer.block_units = read_integer(r, "block_units");
    rules.period = 1_s * r.integer("period_s", 0, 31 * 86'400);
    rules.run_after = 1_s * r.integer("run_after_s", 0, 86'400);
    rules.remember_left = 24 * 60_min * r.integer("remember_left_days", 0, 36'500);
    rules.zone.offset = 1_min * r.integer("utc_offset_min", -840, 840);
    rules.zone.summer_time = r.boolean("summer_time") ? SummerTime::European : SummerTime::None;
    if (const auto checked = check(rules); !checked && !r.failed()) {
      const std::string& where = checked.error().where;
      r.fail(where.substr(where.rfind('.') + 1), checked.error().what);
    }
    return rules;
  });
}

}  // namespace balans::api::energy
