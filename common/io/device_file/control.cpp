#include "common/io/device_file/control.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxWrites = 16;

struct UnitOfLimit {
  LimitUnit unit = LimitUnit::MilliampsPerPhase;
  Dimension dimension = Dimension::Current;
};

UnitOfLimit read_per(const config::Section& at) {
  const LimitUnit unit = at.required("per").choice<LimitUnit>({{"phase", LimitUnit::MilliampsPerPhase},
                                                               {"total", LimitUnit::WattsTotal},
                                                               {"rated_power", LimitUnit::PermilleOfRated}});
  switch (unit) {
    case LimitUnit::MilliampsPerPhase:
      return {unit, Dimension::Current};
    case LimitUnit::WattsTotal:
      return {unit, Dimension::Power};
    case LimitUnit::PermilleOfRated:
      return {unit, Dimension::Share};
  }
  return {};
}

std::vector<FixedWrite> read_writes(const config::Section& at, std::string_view key, const FileOrders& orders,
                                    std::size_t least) {
  std::vector<FixedWrite> writes;
  const auto sections = least == 0 ? at.optional_list(key, kMaxWrites) : at.list(key, least, kMaxWrites);
  for (const config::Section& section : sections) writes.push_back(read_fixed_write(section, orders));
  return writes;
}

std::variant<PauseByZero, PauseByWrites> read_pause(const config::Section& at, const FileOrders& orders) {
  if (at.optional("pause").is_word("zero")) return PauseByZero{};
  const config::Section pause = at.section("pause");
  return PauseByWrites{read_writes(pause, "write", orders, 1), read_writes(pause, "resume", orders, 1)};
}

Watchdog read_watchdog(const config::Section& at, const FileOrders& orders, Dimension limit) {
  Watchdog watchdog;
  watchdog.kept_by = at.required("kept_by").choice<KeptBy>(
      {{"any_request", KeptBy::AnyRequest}, {"limit_write", KeptBy::LimitWrite}, {"life_signal", KeptBy::LifeSignal}});
  watchdog.fallback = at.required("fallback")
                          .choice<Fallback>({{"safe_limit", Fallback::SafeLimit},
                                             {"configured", Fallback::Configured},
                                             {"zero", Fallback::Zero},
                                             {"unlimited", Fallback::Unlimited},
                                             {"unknown", Fallback::Unknown}});
  watchdog.refresh = at.required("refresh_s").seconds(1_s, 3600_s);
  watchdog.default_timeout = at.optional("default_s").seconds(1_s, 86'400_s);
  if (const auto timeout = at.optional_section("timeout"))
    watchdog.timeout = read_write_field(*timeout, orders, Dimension::Time);
  if (const auto safe = at.optional_section("safe_limit")) watchdog.safe_limit = read_write_field(*safe, orders, limit);
  if (const auto signal = at.optional_section("life_signal")) watchdog.life_signal = read_fixed_write(*signal, orders);
  if ((watchdog.kept_by == KeptBy::LifeSignal) != watchdog.life_signal.has_value())
    at.refuse("kept_by: life_signal and the key life_signal go together");
  if ((watchdog.fallback == Fallback::SafeLimit) != watchdog.safe_limit.has_value())
    at.refuse("fallback: safe_limit and the key safe_limit go together");
  return watchdog;
}

}  // namespace

Control read_control(const config::Section& at, const FileOrders& orders) {
  Control control;
  const UnitOfLimit per = read_per(at);
  control.unit = per.unit;
  control.semantics =
      at.required("semantics")
          .choice<LimitSemantics>(
              {{"cap", LimitSemantics::Cap}, {"target", LimitSemantics::Target}, {"hint", LimitSemantics::Hint}});
  const config::Section limit = at.section("limit");
  control.limit = read_write_field(limit, orders, per.dimension);
  const auto parsed_unit = parse_unit(limit.optional("unit").text().value_or("none"));
  const Unit unit = parsed_unit ? *parsed_unit : Unit{};
  const auto number = [unit](std::string_view text) { return in_base_units(text, unit); };
  control.min = at.required("min").parse(number);
  control.max = at.required("max").parse(number);
  control.step = at.required("step").parse(number);
  if (control.step < 1) at.required("step").refuse("below the base unit"), control.step = 1;
  if (control.min < 0 || control.min > control.max) at.refuse("needs 0 <= min <= max");
  if (per.unit != LimitUnit::MilliampsPerPhase)
    control.power_factor_permille = at.required("power_factor").thousandths(500, 1000);
  if (per.unit == LimitUnit::PermilleOfRated)
    control.rated_power = read_field(at.section("rated_power"), orders, Dimension::Power);
  control.pause = read_pause(at, orders);
  if (const auto read_back = at.optional_section("read_back"))
    control.read_back = read_field(*read_back, orders, per.dimension);
  control.start = read_writes(at, "start", orders, 0);
  if (const auto watchdog = at.optional_section("watchdog"))
    control.watchdog = read_watchdog(*watchdog, orders, per.dimension);
  return control;
}

}  // namespace balans
