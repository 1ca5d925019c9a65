#pragma once
// What the JSON of energy is made of.

#include <functional>

#include "api/core/energy/json.hpp"
#include "api/core/journal/fields.hpp"
#include "api/core/rfc3339.hpp"
#include "common/messages/fields.hpp"

namespace balans::api::energy::parts {

using json::ObjectReader;
using json::Writer;

/// Exact in every reader.
inline constexpr std::int64_t kMostInteger = fields::kMaxCounter;

/// Reads one document of one object to its end.
template <class Value>
Result<Value> read_document(std::string_view text,
                            const std::function<Value(ObjectReader&, std::optional<Error>&)>& read) {
  const auto document = json::parse_strict(text, kMostBodyBytes);
  if (!document) return document.error();
  std::optional<Error> error;
  ObjectReader reader(*document, "", error, json::PathStyle::Pointer);
  Value value = read(reader, error);
  reader.finish();
  if (error) return *error;
  return value;
}

/// The elements of an array of objects, each read to its end.
template <class Read>
void read_objects(ObjectReader& r, std::string_view key, std::size_t most, std::optional<Error>& error, Read&& read) {
  std::size_t i = 0;
  for (const boost::json::value& element : r.array(key, most)) {
    if (r.failed()) return;
    ObjectReader each(element, r.path_of(key, i++), error, json::PathStyle::Pointer);
    read(each);
    each.finish();
  }
}

/// What `parse` makes of the text.
template <class Parse>
auto read_text(ObjectReader& r, std::string_view key, Parse parse) -> std::decay_t<decltype(*parse(""))> {
  const auto value = parse(r.string(key, 64));
  if (value) return *value;
  if (!r.failed()) r.fail(key, value.error().what);
  return {};
}

inline UnixTime read_time(ObjectReader& r, std::string_view key) { return read_text(r, key, parse_rfc3339); }
inline AgentId read_station(ObjectReader& r) { return read_text(r, "station", AgentId::parse); }
inline trade::Asset read_asset(ObjectReader& r) { return read_text(r, "asset", trade::parse_asset); }
inline std::int64_t read_integer(ObjectReader& r, std::string_view key) {
  return r.integer(key, -kMostInteger, kMostInteger);
}
inline WattHours read_wh(ObjectReader& r, std::string_view key) { return WattHours(read_integer(r, key)); }

/// Base units as a decimal string.
inline std::int64_t read_units(ObjectReader& r, std::string_view key) {
  const std::uint64_t units = r.number(key);
  if (units > static_cast<std::uint64_t>(INT64_MAX)) return r.fail(key, "is too large"), 0;
  return static_cast<std::int64_t>(units);
}

inline Owner read_owner(ObjectReader& r, std::string_view key) {
  Owner owner = r.string(key, journal::kMostOwner);
  if (owner.empty() && !r.failed()) r.fail(key, "is empty");
  // The journal takes no other text, and a run that pays such an owner would fail each time.
  if (const auto refused = journal::check_owner(owner); refused) r.fail(key, refused->what);
  return owner;
}

inline void write_units(Writer& w, std::string_view key, std::int64_t units) {
  w.key(key).number(static_cast<std::uint64_t>(units));
}

void write(Writer& w, const Payment& payment);
Payment read_payment(ObjectReader& r);

}  // namespace balans::api::energy::parts
