#include "common/io/device_file/control.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxWrites = 16;
constexpr std::size_t kMaxLevels = 16;

Dimension dimension_of(LimitUnit unit) {
  switch (unit) {
    case LimitUnit::MilliampsPerPhase:
      return Dimension::Current;
    case LimitUnit::WattsTotal:
      return Dimension::Power;
    case LimitUnit::PermilleOfRated:
      return Dimension::Share;
  }
  return Dimension::None;
}

LimitUnit read_per(const config::Section& at) {
  return at.required("per").choice<LimitUnit>({{"phase", LimitUnit::MilliampsPerPhase},
                                               {"total", LimitUnit::WattsTotal},
                                               {"rated_power", LimitUnit::PermilleOfRated}});
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

/// The lowest level is 0, so that every limit has one.
void read_levels(LimitSpec& spec, const config::Section& at, const FileOrders& orders) {
  const auto amps = [](std::string_view text) { return in_base_units(text, {Dimension::Current, 3}); };
  for (const config::Section& level : at.list("levels", 2, kMaxLevels))
    spec.levels.push_back({level.required("a").parse(amps), read_writes(level, "write", orders, 1)});
  for (std::size_t i = 1; i < spec.levels.size(); ++i)
    if (spec.levels[i].current <= spec.levels[i - 1].current) at.refuse("levels must ascend");
  if (!spec.levels.empty() && spec.levels.front().current != 0) at.refuse("the lowest level must be 0 A");
  const config::OptionalValue read_back = at.optional("read_back");
  spec.levels_can_be_read = read_back.is_word("same");
  if (read_back.present() && !spec.levels_can_be_read) read_back.refuse("levels are read where they are written: same");
}

void read_setpoint(LimitSpec& spec, const config::Section& at, const FileOrders& orders) {
  spec.unit = read_per(at);
  const Dimension dimension = dimension_of(spec.unit);
  const config::Section limit = at.section("limit");
  spec.field = read_write_field(limit, orders, dimension);
  const auto parsed_unit = parse_unit(limit.optional("unit").text().value_or("none"));
  const Unit unit = parsed_unit ? *parsed_unit : Unit{};
  const auto number = [unit](std::string_view text) { return in_base_units(text, unit); };
  spec.min = at.required("min").parse(number);
  spec.max = at.required("max").parse(number);
  spec.step = at.required("step").parse(number);
  if (spec.step < 1) at.required("step").refuse("below the base unit"), spec.step = 1;
  if (spec.min < 0 || spec.min > spec.max) at.refuse("needs 0 <= min <= max");
  if (spec.unit != LimitUnit::MilliampsPerPhase)
    spec.power_factor_permille = at.required("power_factor").thousandths(500, 1000);
  if (spec.unit == LimitUnit::PermilleOfRated)
    spec.rated_power = read_field(at.section("rated_power"), orders, Dimension::Power);
  spec.pause = read_pause(at, orders);
  if (const auto read_back = at.optional_section("read_back"))
    spec.read_back = read_field(*read_back, orders, dimension);
}

LimitSpec read_limit(const config::Section& at, const FileOrders& orders) {
  LimitSpec spec;
  if (at.has("levels"))
    read_levels(spec, at, orders);
  else
    read_setpoint(spec, at, orders);
  spec.start = read_writes(at, "start", orders, 0);
  return spec;
}

PhaseSwitchSpec read_phase_switch(const config::Section& at, const FileOrders& orders) {
  const auto number = [](std::string_view text) { return parse_integer(text); };
  PhaseSwitchSpec contactor;
  contactor.to = read_write_field(at, orders, Dimension::None);
  contactor.fewer = at.required("one").parse(number);
  contactor.all = at.required("three").parse(number);
  if (contactor.fewer == contactor.all) at.refuse("one and three are the same");
  if (const auto read_back = at.optional_section("read_back"))
    contactor.read_back = read_field(*read_back, orders, Dimension::None);
  return contactor;
}

}  // namespace

Control read_control(const config::Section& at, const FileOrders& orders) {
  Control control;
  control.semantics =
      at.required("semantics")
          .choice<LimitSemantics>(
              {{"cap", LimitSemantics::Cap}, {"target", LimitSemantics::Target}, {"hint", LimitSemantics::Hint}});
  if (at.has("per") || at.has("limit") || at.has("levels")) control.draw = read_limit(at, orders);
  if (const auto feed = at.optional_section("feed_limit")) control.feed = read_limit(*feed, orders);
  if (!control.draw && !control.feed) at.refuse("needs a limit, levels or a feed_limit");
  const LimitUnit unit = control.draw ? control.draw->unit : LimitUnit::MilliampsPerPhase;
  if (const auto contactor = at.optional_section("phase_switch")) {
    control.phase_switch = read_phase_switch(*contactor, orders);
    if (!control.draw || unit != LimitUnit::MilliampsPerPhase) contactor->refuse("needs a limit per: phase");
  }
  if (const auto watchdog = at.optional_section("watchdog"))
    control.watchdog = read_watchdog(*watchdog, orders, dimension_of(unit));
  return control;
}

}  // namespace balans
