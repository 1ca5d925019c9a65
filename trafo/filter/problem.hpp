#pragma once
// One line of the filter: a problem for the allocator in JSON (docs/allocate-filter.md).

#include <boost/json/value.hpp>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/result.hpp"
#include "trafo/core/allocate.hpp"

namespace balans::filter {

/// In JSON; currents throughout, so the sum row is not called after its apparent power.
const char* json_name_of(Row row);

/// For each row of one node, who set its limit: an operator, the schedule or the DSO; absent: it is the node's own.
using RowSources = std::array<std::optional<Reason>, kRows.size()>;

/// The turns of devices by their names.
using Turns = std::unordered_map<std::string, Turn>;

/// What a line says of memory: nothing, or what replaces it (`null` replaces it with nothing).
struct SaysNothing {};
using GivenMemory = std::variant<SaysNothing, Turns>;

/// Devices and nodes are named by their place. Outside limits are already in the headrooms.
struct Problem {
  Problem() = default;
  Problem(Problem&&) = default;
  Problem& operator=(Problem&&) = default;
  Problem(const Problem&) = delete;  // the devices point into `levels`
  Problem& operator=(const Problem&) = delete;
  ~Problem() = default;

  std::optional<std::string> id;
  BootTime now;
  std::vector<std::string> node_names;
  std::vector<GridNode> nodes;
  std::vector<RowSources> sources;
  std::vector<std::string> device_names;
  std::vector<Candidate> devices;  ///< with the turns of devices that nobody remembers
  std::vector<Millis> min_off;
  std::deque<std::vector<Milliamps>> levels;
  GivenMemory memory;
};

/// Whether a line's memory is read, or passed over unread.
enum class MemoryMember : std::uint8_t { Read, Ignored };

/// The error's `where` is a JSON pointer (RFC 6901) to what is wrong.
Result<Problem> read_problem(const boost::json::value& line, MemoryMember memory);

/// The id of a line, where it has one that can be read.
std::optional<std::string> id_of(const boost::json::value& line);

/// Gives the devices the turns that are remembered of them.
void recall(Problem& problem, const Turns& turns);

}  // namespace balans::filter
