#pragma once
// The filter over streams.

#include <iosfwd>

#include "trafo/filter/bounds.hpp"
#include "trafo/filter/filter.hpp"

namespace balans::filter {

enum class Flush : std::uint8_t { EachLine, AtEnd };

/// How a run of the filter ended.
enum class Outcome : std::uint8_t {
  AllAnswered,
  SomeRefused,  ///< at least one line was answered with an error
  OutputBroken,
};

inline constexpr int kExitRefused = 2;  ///< of the program, after SomeRefused

/// Answers each line of `in` with one line on `out`, in order, until `in` ends. Lines of white space alone are passed
/// over; one of more than `max_bytes` is refused without being kept.
Outcome answer_lines(std::istream& in, std::ostream& out, Filter& filter, Flush flush,
                     std::size_t max_bytes = bounds::kLineBytes);

}  // namespace balans::filter
