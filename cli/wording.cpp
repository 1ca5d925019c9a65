#include "cli/wording.hpp"

#include <fmt/format.h>

#include "common/registers/decimal.hpp"
#include "common/registers/installed.hpp"

namespace balans::cli {
namespace {

struct Shape {
  int decimals;
  const char* unit;
};

Shape shape_of(LimitUnit unit) {
  switch (unit) {
    case LimitUnit::MilliampsPerPhase:
      return {3, "A"};
    case LimitUnit::WattsTotal:
      return {0, "W"};
    case LimitUnit::PermilleOfRated:
      return {1, "% of its rated power"};
    case LimitUnit::MilliampsDc:
      return {3, "A at the battery"};
  }
  return {0, ""};
}

const char* kind_of(ReadFunction function) {
  switch (function) {
    case ReadFunction::Coils:
      return "coil";
    case ReadFunction::DiscreteInputs:
      return "discrete input";
    case ReadFunction::HoldingRegisters:
      return "holding register";
    case ReadFunction::InputRegisters:
      return "input register";
  }
  return "register";
}

template <class AnyField>
std::string place(const AnyField& field, const char* kind) {
  std::string words = field.model ? fmt::format("SunSpec model {}, {} {}", *field.model, kind, field.address)
                                  : fmt::format("{} {}", kind, field.address);
  if (field.unit_id != kOwnUnit) words += fmt::format(" of unit {}", field.unit_id);
  return words;
}

std::string kept_words(KeptBy kept_by) {
  switch (kept_by) {
    case KeptBy::AnyRequest:
      return "any request";
    case KeptBy::LimitWrite:
      return "a new limit";
    case KeptBy::LifeSignal:
      return "a life signal";
    case KeptBy::TimeoutWrite:
      return "its time-out being written again";
  }
  return "";
}

std::string fallback_words(Fallback fallback) {
  switch (fallback) {
    case Fallback::SafeLimit:
      return "the failsafe that is written to it";
    case Fallback::Configured:
      return "what is set on the device itself";
    case Fallback::Zero:
      return "zero";
    case Fallback::Unlimited:
      return "its full power";
    case Fallback::Unknown:
      return "something that is not known";
  }
  return "";
}

}  // namespace

std::string shown_seconds(Millis time) { return decimal(time.count(), 3) + " s"; }

std::string place_of(const Field& field) { return place(field, kind_of(field.function)); }
std::string place_of(const WriteField& field) { return place(field, kind_of(reads_back(field.function))); }

std::string title_of(const DeviceDescription& device) { return device.vendor + " " + device.model; }

std::string limit_words(const LimitSpec& spec) {
  if (!spec.levels.empty()) {
    std::string words;
    for (const LimitLevel& level : spec.levels)
      words += (words.empty() ? "" : ", ") + (level.permille != 0 ? decimal(level.permille, 1) + " % of its name plate"
                                                                  : decimal(level.current, 3) + " A");
    return "levels " + words;
  }
  const Shape shape = shape_of(spec.unit);
  return fmt::format("{}–{} {}, steps of {}", decimal(spec.min, shape.decimals), decimal(spec.max, shape.decimals),
                     shape.unit, decimal(spec.step, shape.decimals));
}

std::string limits_words(const DeviceDescription& device) {
  if (!device.control) return "read only";
  std::string words;
  if (device.control->draw) words = limit_words(*device.control->draw);
  if (device.control->feed) words += (words.empty() ? "feeds in " : "; feeds in ") + limit_words(*device.control->feed);
  return words;
}

std::string pause_words(const LimitSpec& spec) {
  if (!spec.levels.empty()) return "by its lowest level";
  const auto* writes = std::get_if<PauseByWrites>(&spec.pause);
  if (writes == nullptr) return "by a limit of 0";
  std::string words = "by writing";
  for (const FixedWrite& fixed : writes->pause) words += fmt::format(" {} to {},", fixed.value, place_of(fixed.to));
  words.back() = '.';
  words.pop_back();
  return words;
}

std::string semantics_words(LimitSemantics semantics) {
  switch (semantics) {
    case LimitSemantics::Cap:
      return "a cap: it draws at most this";
    case LimitSemantics::Target:
      return "a target: it tries to draw this";
    case LimitSemantics::Hint:
      return "a hint: it may draw more";
  }
  return "";
}

std::string confirm_words(Confirm confirm) {
  switch (confirm) {
    case Confirm::ReadBack:
      return "the limit is read back";
    case Confirm::Applied:
      return "the limit in force is read";
    case Confirm::State:
      return "the vehicle state tells";
    case Confirm::Current:
      return "only the measured current tells";
    case Confirm::Nothing:
      return "nothing tells";
  }
  return "";
}

std::string watchdog_words(const Control& control) {
  if (!control.watchdog) return "none: it keeps its last limit for ever";
  const Watchdog& watchdog = *control.watchdog;
  const std::string after = watchdog.timeout           ? "after a time that is written to it"
                            : watchdog.default_timeout ? "after " + shown_seconds(*watchdog.default_timeout)
                                                       : "after a time that is set on the device itself";
  return fmt::format("falls back to {}, {} without {}", fallback_words(watchdog.fallback), after,
                     kept_words(watchdog.kept_by));
}

std::optional<std::string> needs_contactor(const DeviceDescription& device) {
  if (!device.control) return std::nullopt;
  const Control& control = *device.control;
  if (control.semantics == LimitSemantics::Hint) return "a limit is only a hint";
  if (!control.watchdog) return "no watchdog";
  if (control.watchdog->fallback == Fallback::Unlimited) return "its watchdog falls back to full power";
  if (control.watchdog->fallback == Fallback::Unknown) return "what its watchdog falls back to is not known";
  if (is_kept_by_others(device)) return "the agents of its other sockets keep its watchdog quiet";
  return std::nullopt;
}

}  // namespace balans::cli
