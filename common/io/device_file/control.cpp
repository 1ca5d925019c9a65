#include "common/io/device_file/control.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxWrites = 16;
constexpr std::size_t kMaxLevels = 16;
constexpr std::int64_t kMostLimit = 1'000'000'000;  ///< in any unit; products of it fit 64 bits
constexpr std::int64_t kMostCount = 0xFFFFFFFF;
using Integers = std::vector<std::int64_t>;

Dimension dimension_of(LimitUnit unit) {
  switch (unit) {
    case LimitUnit::MilliampsPerPhase:
    case LimitUnit::MilliampsDc:
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
                                               {"rated_power", LimitUnit::PermilleOfRated},
                                               {"dc", LimitUnit::MilliampsDc}});
}

std::vector<FixedWrite> read_writes(const config::Section& at, std::string_view key, const FileOrders& orders,
                                    std::size_t least) {
  std::vector<FixedWrite> writes;
  const auto sections = least == 0 ? at.optional_list(key, kMaxWrites) : at.list(key, least, kMaxWrites);
  for (const config::Section& section : sections) writes.push_back(read_fixed_write(section, orders));
  return writes;
}

std::vector<FixedRead> read_reads(const config::Section& at, std::string_view key, const FileOrders& orders) {
  std::vector<FixedRead> reads;
  for (const config::Section& section : at.optional_list(key, kMaxWrites))
    reads.push_back(read_fixed_read(section, orders));
  return reads;
}

std::variant<PauseByZero, PauseByWrites> read_pause(const config::Section& at, const FileOrders& orders) {
  if (at.optional("pause").is_word("zero")) return PauseByZero{};
  const config::Section pause = at.section("pause");
  return PauseByWrites{read_writes(pause, "write", orders, 1), read_writes(pause, "resume", orders, 0),
                       read_reads(pause, "read", orders)};
}

LifeSignal read_life_signal(const config::Section& at, const FileOrders& orders) {
  const auto number = [](std::string_view text) { return parse_integer(text); };
  LifeSignal signal;
  signal.to = read_write_field(at, orders, Dimension::None);
  const config::OptionalValue one = at.optional("value"), several = at.optional("values");
  const auto count = at.optional_section("count");
  if ((one.present() ? 1 : 0) + (several.present() ? 1 : 0) + (count ? 1 : 0) != 1)
    at.refuse("needs one of value, values and count");
  if (const auto value = one.parse(number)) signal.values.push_back(*value);
  for (const std::int64_t value : several.integer_list({2, kMaxWrites}, 0, 0xFFFFFFFF).value_or(Integers{}))
    signal.values.push_back(value);
  if (count) signal.count = {count->required("from").parse(number), count->required("to").parse(number)};
  if (count && signal.count.first >= signal.count.second) count->refuse("from is not below to");
  if (signal.count.first < 0 || signal.count.second > kMostCount) at.refuse("count goes beyond 0..4294967295");
  return signal;
}

Watchdog read_watchdog(const config::Section& at, const FileOrders& orders, Dimension limit) {
  Watchdog watchdog;
  watchdog.kept_by = at.required("kept_by").choice<KeptBy>({{"any_request", KeptBy::AnyRequest},
                                                            {"limit_write", KeptBy::LimitWrite},
                                                            {"life_signal", KeptBy::LifeSignal},
                                                            {"timeout_write", KeptBy::TimeoutWrite}});
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
  if (const auto signal = at.optional_section("life_signal")) watchdog.life_signal = read_life_signal(*signal, orders);
  if (const auto shown = at.optional_section("shows_timeout"))
    watchdog.shows_timeout = read_field(*shown, orders, Dimension::Time);
  if (const auto shown = at.optional_section("shows_limit")) watchdog.shows_limit = read_field(*shown, orders, limit);
  if ((watchdog.kept_by == KeptBy::LifeSignal) != watchdog.life_signal.has_value())
    at.refuse("kept_by: life_signal and the key life_signal go together");
  if (watchdog.kept_by == KeptBy::TimeoutWrite && !watchdog.timeout)
    at.refuse("kept_by: timeout_write needs the key timeout");
  if ((watchdog.fallback == Fallback::SafeLimit) != watchdog.safe_limit.has_value())
    at.refuse("fallback: safe_limit and the key safe_limit go together");
  return watchdog;
}

/// In amperes, or as a share of the name plate; never both in one device, so that their order is known.
LimitLevel read_level(const config::Section& at, const FileOrders& orders) {
  const auto amps = [](std::string_view text) { return in_base_units(text, {Dimension::Current, 3}); };
  const auto percent = [](std::string_view text) { return in_base_units(text, {Dimension::Share, 1}); };
  LimitLevel level;
  if (at.has("a") == at.has("percent")) at.refuse("needs either a or percent");
  level.current = at.optional("a").parse(amps).value_or(0);
  level.permille = at.optional("percent").parse(percent).value_or(0);
  if (level.permille < 0 || level.permille > 1000) at.optional("percent").refuse("outside 0..100");
  level.writes = read_writes(at, "write", orders, 1);
  level.reads = read_reads(at, "read", orders);
  return level;
}

/// The lowest level is 0, so that every limit has one.
void read_levels(LimitSpec& spec, const config::Section& at, const FileOrders& orders) {
  for (const config::Section& level : at.list("levels", 2, kMaxLevels))
    spec.levels.push_back(read_level(level, orders));
  for (std::size_t i = 1; i < spec.levels.size(); ++i) {
    const LimitLevel& lower = spec.levels[i - 1];
    const LimitLevel& higher = spec.levels[i];
    const bool ascends = higher.permille > 0 ? higher.permille > lower.permille && lower.current == 0
                                             : higher.current > lower.current && lower.permille == 0;
    if (!ascends) at.refuse("levels must ascend, all in a or all in percent");
    if (lower.reads.empty() != higher.reads.empty()) at.refuse("either all levels have read or none");
  }
  if (!spec.levels.empty() && (spec.levels.front().current != 0 || spec.levels.front().permille != 0))
    at.refuse("the lowest level must be 0");
  const config::OptionalValue read_back = at.optional("read_back");
  spec.levels_can_be_read = read_back.is_word("same");
  if (read_back.present() && !spec.levels_can_be_read) read_back.refuse("levels are read where they are written: same");
}

void read_direct_current(LimitSpec& spec, const config::Section& at) {
  if (spec.unit != LimitUnit::MilliampsDc) return;
  spec.dc_millivolts = at.required("dc_v").parse([](std::string_view text) {
    return in_base_units(text, {Dimension::Voltage, 3});
  });
  if (spec.dc_millivolts < 1000 || spec.dc_millivolts > 2'000'000) {
    at.required("dc_v").refuse("outside 1..2000");
    spec.dc_millivolts = 1000;
  }
  spec.efficiency_permille = at.required("efficiency").thousandths(500, 1000);
}

void read_setpoint(LimitSpec& spec, const config::Section& at, const FileOrders& orders) {
  spec.unit = read_per(at);
  const Dimension dimension = dimension_of(spec.unit);
  const config::Section limit = at.section("limit");
  spec.field = read_write_field(limit, orders, dimension);
  spec.field.copies = static_cast<int>(limit.optional("copies").integer(1, 3).value_or(1));
  const auto parsed_unit = parse_unit(limit.optional("unit").text().value_or("none"));
  const Unit unit = parsed_unit ? *parsed_unit : Unit{};
  const auto number = [unit](std::string_view text) { return in_base_units(text, unit); };
  spec.min = at.required("min").parse(number);
  spec.max = at.required("max").parse(number);
  spec.step = at.required("step").parse(number);
  if (spec.step < 1) at.required("step").refuse("below the base unit"), spec.step = 1;
  if (spec.min < 0 || spec.min > spec.max) at.refuse("needs 0 <= min <= max");
  if (spec.max > kMostLimit) at.refuse("max is more than 1 MA or 1 GW"), spec.max = kMostLimit;
  if (spec.unit != LimitUnit::MilliampsPerPhase)
    spec.power_factor_permille = at.required("power_factor").thousandths(500, 1000);
  if (spec.unit == LimitUnit::PermilleOfRated)
    spec.rated_power = read_field(at.section("rated_power"), orders, Dimension::Power);
  read_direct_current(spec, at);
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
  spec.before = read_writes(at, "before", orders, 0);
  spec.after = read_writes(at, "after", orders, 0);
  return spec;
}

PhaseSwitchSpec read_phase_switch(const config::Section& at, const FileOrders& orders) {
  const auto number = [](std::string_view text) { return parse_integer(text); };
  PhaseSwitchSpec contactor;
  contactor.to = read_write_field(at, orders, Dimension::None);
  contactor.fewer = at.required("one").parse(number);
  contactor.all = at.required("three").parse(number);
  contactor.before = read_writes(at, "before", orders, 0);
  contactor.after = read_writes(at, "after", orders, 0);
  if (contactor.fewer == contactor.all) at.refuse("one and three are the same");
  if (const auto read_back = at.optional_section("read_back"))
    contactor.read_back = read_field(*read_back, orders, Dimension::None);
  return contactor;
}

/// Fields of what is written at every limit.
struct WearCheck {
  bool wears = false;
  void operator()(const WriteField& field) { wears = wears || field.wear == Wear::Flash; }
  void operator()(const Field&) {}
};

bool limit_wears(const std::optional<LimitSpec>& spec) {
  if (!spec) return false;
  WearCheck check;
  LimitSpec repeated = *spec;
  repeated.start.clear();
  for_each_field_of_limit(std::as_const(repeated), check);
  return check.wears;
}

void read_wear(Control& control, const config::Section& at) {
  control.wear_interval = at.optional("wear_interval_s").seconds(1_s, 86'400_s);
  const bool wears = limit_wears(control.draw) || limit_wears(control.feed);
  if (wears != control.wear_interval.has_value())
    at.refuse("wear_interval_s and a limit, level or pause with wear: flash go together");
  if (!control.watchdog) return;
  if (wears && control.watchdog->kept_by == KeptBy::LimitWrite)
    at.refuse("a limit that wears memory out is never refreshed: kept_by: limit_write cannot be");
  const bool signal_wears = control.watchdog->life_signal && control.watchdog->life_signal->to.wear == Wear::Flash;
  const bool timeout_wears = control.watchdog->kept_by == KeptBy::TimeoutWrite && control.watchdog->timeout &&
                             control.watchdog->timeout->wear == Wear::Flash;
  if (signal_wears || timeout_wears) at.refuse("what is written again and again must not wear memory out");
}

/// A register for both ways would be told two things.
void check_signed(const Control& control, const config::Section& at) {
  if (!control.draw || !control.feed || !control.draw->levels.empty() || !control.feed->levels.empty()) return;
  const WriteField& draw = control.draw->field;
  const WriteField& feed = control.feed->field;
  if (draw.address == feed.address && draw.model == feed.model && draw.function == feed.function)
    at.refuse("a signed setpoint is limited in one way only: leave feed_limit out");
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
  const std::optional<LimitSpec>& first = control.draw ? control.draw : control.feed;
  const LimitUnit unit = first ? first->unit : LimitUnit::MilliampsPerPhase;
  if (const auto contactor = at.optional_section("phase_switch")) {
    control.phase_switch = read_phase_switch(*contactor, orders);
    if (!control.draw || unit != LimitUnit::MilliampsPerPhase) contactor->refuse("needs a limit per: phase");
  }
  if (!at.optional("watchdog").is_word("none"))
    control.watchdog = read_watchdog(at.section("watchdog"), orders, dimension_of(unit));
  control.longest_pause = at.optional("longest_pause_s").seconds(1_s, 86'400_s);
  if (const auto confirm = at.optional("confirm").choice<Confirm>({{"read_back", Confirm::ReadBack},
                                                                   {"applied", Confirm::Applied},
                                                                   {"state", Confirm::State},
                                                                   {"current", Confirm::Current},
                                                                   {"nothing", Confirm::Nothing}}))
    control.confirm = *confirm;
  read_wear(control, at);
  check_signed(control, at);
  return control;
}

}  // namespace balans
