#include "trafo/filter/read_fields.hpp"

#include "trafo/filter/bounds.hpp"

namespace balans::filter {

using json::ObjectReader;

std::string read_name(ObjectReader& r, std::string_view key) {
  std::string name = r.string(key, bounds::kName);
  if (name.empty()) r.fail(key, "expected a name, got an empty string");
  return name;
}

std::int64_t read_integer_or(ObjectReader& r, std::string_view key, std::int64_t min, std::int64_t max,
                             std::int64_t absent) {
  return r.has(key) ? r.integer(key, min, max) : absent;
}

bool read_boolean_or_false(ObjectReader& r, std::string_view key) { return r.has(key) && r.boolean(key); }

Milliamps read_ma_or_zero(ObjectReader& r, std::string_view key) {
  return Milliamps(read_integer_or(r, key, 0, fields::kMaxMa, 0));
}

PerPhase<Milliamps> read_row_ma(ObjectReader& r, std::string_view key, Reading& reading) {
  PerPhase<Milliamps> result;
  const boost::json::array& array = r.array(key, kPhases.size());
  if (r.failed()) return result;
  if (array.size() != kPhases.size()) return r.fail(key, "expected three integers, L1 L2 L3"), result;
  for (const Phase p : kPhases) {
    const auto i = static_cast<std::size_t>(p);
    result[p] =
        Milliamps(json::integer_of(array[i], r.path_of(key, i), -bounds::kRowMa, bounds::kRowMa, reading.error));
  }
  return result;
}

int read_node(ObjectReader& r, std::string_view key, const Reading& reading) {
  const std::string name = read_name(r, key);
  if (r.failed()) return 0;
  const auto found = reading.nodes.find(name);
  if (found != reading.nodes.end()) return found->second;
  r.fail(key, "no node is called '" + name + "'");
  return 0;
}

}  // namespace balans::filter
