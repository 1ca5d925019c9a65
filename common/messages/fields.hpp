#pragma once
// Reading the kinds of fields that messages are made of, each with its bounds.

#include "common/defaults.hpp"
#include "common/messages/json.hpp"
#include "common/messages/messages.hpp"

namespace balans::fields {

using json::ObjectReader;

inline constexpr std::int64_t kMaxMs = 253'402'300'799'000;  // the year 9999
inline constexpr std::int64_t kMaxMa = 10'000'000;           // 10 kA
inline constexpr std::int64_t kMaxWh = 1'000'000'000'000;
inline constexpr std::int64_t kMaxCounter = 9'007'199'254'740'991;  // 2^53 - 1: exact in every JSON reader
inline constexpr std::size_t kMaxText = 200;

inline PerPhase<Milliamps> read_per_phase(ObjectReader& r, std::string_view key, std::int64_t min,
                                          std::optional<Error>& error) {
  PerPhase<Milliamps> result;
  const boost::json::array& array = r.array(key, 3);
  if (r.failed()) return result;
  if (array.size() != 3) return r.fail(key, "expected three integers, L1 L2 L3"), result;
  for (Phase p : kPhases) {
    const auto i = static_cast<std::size_t>(p);
    const std::string path = r.path_of(key) + "[" + std::to_string(i) + "]";
    result[p] = Milliamps(json::integer_of(array[i], path, min, kMaxMa, error));
  }
  return result;
}

inline std::uint64_t read_counter(ObjectReader& r, std::string_view key) {
  return static_cast<std::uint64_t>(r.integer(key, 0, kMaxCounter));
}

template <class Enum>
Enum read_name(ObjectReader& r, std::string_view key) {
  const Result<Enum> value = parse_name<Enum>(r.string(key, 40));
  if (!value) r.fail(key, value.error().what);
  return value ? *value : Enum{};
}

template <class Id>
Id read_id(ObjectReader& r, std::string_view key) {
  const Result<Id> id = Id::parse(r.string(key, 40));
  if (!id) r.fail(key, id.error().what);
  return id ? *id : Id{};
}

inline Digest read_digest(ObjectReader& r, std::string_view key) {
  const Result<Bytes32> bytes = bytes32_from_hex(r.string(key, 64));
  if (!bytes) r.fail(key, bytes.error().what);
  return bytes ? Digest{*bytes} : Digest{};
}

inline PhaseSet read_phase_set(ObjectReader& r, std::string_view key) {
  PhaseSet phases;
  for (const boost::json::value& element : r.array(key, 3)) {
    const boost::json::string* text = element.if_string();
    std::optional<Phase> phase;
    for (Phase p : kPhases)
      if (text != nullptr && *text == name_of(p)) phase = p;
    if (!phase || phases.contains(*phase))
      return r.fail(key, "expected some of \"L1\", \"L2\", \"L3\", each once"), phases;
    phases.insert(*phase);
  }
  if (phases.empty()) r.fail(key, "expected at least one phase");
  return phases;
}

inline Milliamps read_ma(ObjectReader& r, std::string_view key) { return Milliamps(r.integer(key, 0, kMaxMa)); }

/// What is drawn under `draw_key`, and under `feed_key`, where it is there, what is fed in.
inline Allowance read_allowance(ObjectReader& r, std::string_view draw_key, std::string_view feed_key,
                                std::optional<Error>& error) {
  Allowance result;
  result.draw = read_per_phase(r, draw_key, 0, error);
  if (r.has(feed_key)) result.feed = read_per_phase(r, feed_key, 0, error);
  return result;
}

/// Calls `read_element(element, path)` for each element of the array.
template <class ReadElement>
void read_array(ObjectReader& r, std::string_view key, std::size_t max, ReadElement&& read_element) {
  std::size_t i = 0;
  for (const boost::json::value& element : r.array(key, max)) {
    if (r.failed()) return;
    read_element(element, r.path_of(key) + "[" + std::to_string(i++) + "]");
  }
}

TrafoState read_state(ObjectReader& r, std::optional<Error>& error);

}  // namespace balans::fields
