#pragma once
// Line in, line out: a problem is answered with limits, anything else with what is wrong (docs/allocate-filter.md).

#include <string>
#include <string_view>

#include "trafo/filter/problem.hpp"

namespace balans::filter {

/// Whether turns go from each answered line to the next.
enum class Memory : std::uint8_t { Carried, None };

struct Answer {
  std::string line;  ///< JSON without a line end
  bool good = true;  ///< false: it is an error
};

class Filter {
 public:
  explicit Filter(Memory memory) : memory_(memory) {}

  Answer answer(std::string_view line);

 private:
  Answer answer(Problem& problem);
  /// What is remembered at this line; fails where it is of a later time.
  Result<void> remember(Problem& problem);

  Memory memory_;
  Turns turns_;          ///< after the last good line
  BootTime remembered_;  ///< the time of that line
  Allocator allocator_;
};

/// The answer to what is no problem. `error.where` is a JSON pointer.
Answer refusal(const std::optional<std::string>& id, const Error& error);

}  // namespace balans::filter
