#pragma once
// Members of a problem that are read in more than one place.

#include "common/messages/fields.hpp"
#include "trafo/core/allocate.hpp"
#include "trafo/filter/problem.hpp"

namespace balans::filter {

/// One line being read: its first error, and the places of the names it has given.
struct Reading {
  std::optional<Error> error;
  std::unordered_map<std::string_view, int> nodes;
  std::unordered_map<std::string_view, int> devices;
};

/// The elements of the array `key`, each as an object: `read(reader, index)`.
template <class Read>
void read_objects(json::ObjectReader& outer, std::string_view key, std::size_t max, Reading& reading, Read&& read) {
  std::size_t index = 0;
  for (const boost::json::value& element : outer.array(key, max)) {
    if (reading.error) return;
    json::ObjectReader r(element, outer.path_of(key, index), reading.error, json::PathStyle::Pointer);
    read(r, index);
    r.finish();
    ++index;
  }
}

/// 1 to 200 bytes.
std::string read_name(json::ObjectReader& r, std::string_view key);
/// An integer where there is one, else `absent`.
std::int64_t read_integer_or(json::ObjectReader& r, std::string_view key, std::int64_t min, std::int64_t max,
                             std::int64_t absent);
bool read_boolean_or_false(json::ObjectReader& r, std::string_view key);
/// A device's current; zero where there is none.
Milliamps read_ma_or_zero(json::ObjectReader& r, std::string_view key);
/// What a row may carry, on L1, L2 and L3.
PerPhase<Milliamps> read_row_ma(json::ObjectReader& r, std::string_view key, Reading& reading);
/// The place of the node that `key` names.
int read_node(json::ObjectReader& r, std::string_view key, const Reading& reading);

}  // namespace balans::filter
