#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "common/check.hpp"
#include "common/io/config/config.hpp"
#include "common/io/config/document.hpp"
#include "common/masked.hpp"

namespace balans::config {
namespace {

constexpr std::size_t kDecimals = 3;
/// In place of numbers that are greater than can be counted: whole, and outside every range that is asked for.
constexpr std::int64_t kTooMuch = std::numeric_limits<std::int64_t>::max() / 1000 * 1000;

std::int64_t times(std::int64_t count, std::int64_t factor) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(count, factor, &product)) return product;
  return count < 0 ? -kTooMuch : kTooMuch;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Thousandths of a number like -12, 0.1 or 3.125; nothing for anything else.
std::optional<std::int64_t> exact_thousandths(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  if (!all_digits(digits)) return std::nullopt;
  std::string decimals(point == std::string_view::npos ? "0" : text.substr(point + 1));
  if (!all_digits(decimals) || decimals.size() > kDecimals) return std::nullopt;
  decimals.resize(kDecimals, '0');
  std::int64_t value = 0;
  bool fits = true;
  for (char c : digits + decimals)
    fits = fits && !__builtin_mul_overflow(value, 10, &value) && !__builtin_add_overflow(value, c - '0', &value);
  if (!fits) value = kTooMuch;
  return negative ? -value : value;
}

/// Thousandths as a person would write them: 3000 is 3, 100 is 0.1.
std::string written(std::int64_t thousandths) {
  const std::int64_t size = thousandths < 0 ? -thousandths : thousandths;
  std::string text = fmt::format("{}{}", thousandths < 0 ? "-" : "", size / 1000);
  if (size % 1000 == 0) return text;
  text += fmt::format(".{:03}", size % 1000);
  return text.substr(0, text.find_last_not_of('0') + 1);
}

/// Of a key that stands where something else was expected nothing is shown.
std::string shown(const std::string& value) {
  constexpr std::size_t kShown = 60;
  const std::string text = masked(value);
  return text.size() <= kShown ? text : text.substr(0, kShown) + "…";
}

template <class Unit>
std::optional<Unit> as(std::optional<std::int64_t> count) {
  return count ? std::optional(Unit(*count)) : std::nullopt;
}

}  // namespace

void OptionalValue::refuse(std::string what) const {
  if (node_ != nullptr) document_->note(*node_, std::move(what));
}

std::optional<std::string> OptionalValue::scalar(std::size_t max_length) const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind == NodeKind::Map || node_->kind == NodeKind::List) {
    refuse("expected a single value");
  } else if (node_->kind == NodeKind::Empty || node_->text.empty()) {
    refuse("has no value");
  } else if (node_->text.size() > max_length) {
    refuse(fmt::format("is longer than {} characters", max_length));
  } else {
    return node_->text;
  }
  return std::nullopt;
}

std::optional<std::int64_t> OptionalValue::number(std::string_view unit, std::int64_t one, std::int64_t least,
                                                  std::int64_t most) const {
  BALANS_CHECK(unit.empty() || key_.ends_with("_" + std::string(unit)));
  const auto text = scalar(Limits::kText);
  if (!text) return std::nullopt;
  const auto thousandths = node_->kind == NodeKind::Plain ? exact_thousandths(*text) : std::nullopt;
  if (!thousandths) {
    refuse(fmt::format("'{}' is not a number with at most {} decimals", shown(*text), kDecimals));
    return std::nullopt;
  }
  const std::int64_t scaled = times(*thousandths, one);
  if (scaled % 1000 != 0) {
    refuse(fmt::format("{} is not a whole number", *text));
    return std::nullopt;
  }
  const std::int64_t count = scaled / 1000;
  if (count < least || count > most) {
    const auto bound = [&](std::int64_t value) { return written(value * 1000 / one); };
    refuse(fmt::format("{} is outside {}..{}", *text, bound(least), bound(most)));
    return std::nullopt;
  }
  return count;
}

std::optional<Milliamps> OptionalValue::amps(Milliamps least, Milliamps most) const {
  return as<Milliamps>(number("a", 1000, least.count(), most.count()));
}
std::optional<Millivolts> OptionalValue::volts(Millivolts least, Millivolts most) const {
  return as<Millivolts>(number("v", 1000, least.count(), most.count()));
}
std::optional<Watts> OptionalValue::watts(Watts least, Watts most) const {
  return as<Watts>(number("w", 1, least.count(), most.count()));
}
std::optional<VoltAmps> OptionalValue::kva(VoltAmps least, VoltAmps most) const {
  return as<VoltAmps>(number("kva", 1000, least.count(), most.count()));
}
std::optional<WattHours> OptionalValue::kilowatt_hours(WattHours least, WattHours most) const {
  return as<WattHours>(number("kwh", 1000, least.count(), most.count()));
}
std::optional<Millis> OptionalValue::seconds(Millis least, Millis most) const {
  return as<Millis>(number("s", 1000, least.count(), most.count()));
}
std::optional<Millis> OptionalValue::millis(Millis least, Millis most) const {
  return as<Millis>(number("ms", 1, least.count(), most.count()));
}
std::optional<Millis> OptionalValue::minutes(Millis least, Millis most) const {
  return as<Millis>(number("min", 60'000, least.count(), most.count()));
}
std::optional<std::int64_t> OptionalValue::thousandths(std::int64_t least, std::int64_t most) const {
  return number("", 1000, least, most);
}
std::optional<std::int64_t> OptionalValue::integer(std::int64_t least, std::int64_t most) const {
  return number("", 1, least, most);
}

bool OptionalValue::is_word(std::string_view word) const {
  return node_ != nullptr && node_->kind == NodeKind::Plain && node_->text == word;
}

std::optional<bool> OptionalValue::boolean() const {
  const auto text = scalar(Limits::kText);
  if (!text) return std::nullopt;
  if (is_word("true")) return true;
  if (is_word("false")) return false;
  refuse(fmt::format("'{}' is neither true nor false", shown(*text)));
  return std::nullopt;
}

std::optional<std::string> OptionalValue::text(std::size_t max_length) const { return scalar(max_length); }

std::optional<std::vector<OptionalValue>> OptionalValue::entries(Count count) const {
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != NodeKind::List || node_->items.size() < count.least || node_->items.size() > count.most) {
    refuse(count.least == count.most ? fmt::format("expected a list of {} entries", count.least)
                                     : fmt::format("expected a list of {} to {} entries", count.least, count.most));
    return std::nullopt;
  }
  std::vector<OptionalValue> all;
  for (const auto& item : node_->items) all.push_back(OptionalValue(document_, item.get(), key_));
  return all;
}

std::optional<std::vector<std::string>> OptionalValue::texts(std::size_t least, std::size_t most) const {
  const auto values = entries({least, most});
  if (!values) return std::nullopt;
  std::vector<std::string> all;
  for (const OptionalValue& value : *values) {
    auto text = value.scalar(Limits::kText);
    if (!text) return std::nullopt;
    all.push_back(*std::move(text));
  }
  return all;
}

std::optional<std::vector<std::int64_t>> OptionalValue::number_list(Count count, std::int64_t one, std::int64_t least,
                                                                    std::int64_t most) const {
  const auto values = entries(count);
  if (!values) return std::nullopt;
  std::vector<std::int64_t> all;
  for (const OptionalValue& value : *values) {
    const auto each = value.number("", one, least, most);
    if (!each) return std::nullopt;
    all.push_back(*each);
  }
  return all;
}

std::optional<std::vector<std::int64_t>> OptionalValue::thousandths_list(Count count, std::int64_t least,
                                                                         std::int64_t most) const {
  return number_list(count, 1000, least, most);
}
std::optional<std::vector<std::int64_t>> OptionalValue::integer_list(Count count, std::int64_t least,
                                                                     std::int64_t most) const {
  return number_list(count, 1, least, most);
}

std::optional<std::filesystem::path> OptionalValue::path() const {
  const auto text = scalar(Limits::kText);
  return text ? std::optional(document_->folder / *text) : std::nullopt;
}

std::optional<Bytes32> OptionalValue::bytes32() const {
  const auto text = scalar(Limits::kText);
  if (!text) return std::nullopt;
  const auto bytes = bytes32_from_hex(*text);
  if (bytes.ok()) return *bytes;
  refuse("expected 64 hex digits: " + bytes.error().message());
  return std::nullopt;
}

std::optional<PublicKey> OptionalValue::public_key() const {
  const auto bytes = bytes32();
  return bytes ? std::optional(PublicKey{*bytes}) : std::nullopt;
}

std::optional<DeploymentId> OptionalValue::deployment() const {
  const auto bytes = bytes32();
  return bytes ? std::optional(DeploymentId{*bytes}) : std::nullopt;
}

std::optional<std::vector<Phase>> OptionalValue::phases() const {
  const auto names = texts(1, kPhases.size());
  if (!names) return std::nullopt;
  std::vector<Phase> phases;
  for (const std::string& name : *names) {
    const auto* phase = std::find_if(kPhases.begin(), kPhases.end(), [&](Phase p) { return name == name_of(p); });
    if (phase == kPhases.end() || std::find(phases.begin(), phases.end(), *phase) != phases.end()) {
      refuse("expected 1 to 3 different ones of L1, L2, L3");
      return std::nullopt;
    }
    phases.push_back(*phase);
  }
  return phases;
}

std::optional<std::size_t> OptionalValue::word_index(const std::vector<std::string_view>& words) const {
  const auto text = scalar(Limits::kText);
  if (!text) return std::nullopt;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  refuse(fmt::format("'{}' is not one of {}", shown(*text), fmt::join(words, ", ")));
  return std::nullopt;
}

}  // namespace balans::config
