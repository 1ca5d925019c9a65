#pragma once
// The summary of a run as JSON and as a few lines for people.

#include <boost/json/object.hpp>
#include <string>

#include "sim/street/ledger.hpp"
#include "sim/street/setup.hpp"

namespace balans::sim {

struct RunFacts {
  Policy policy = Policy::Balans;
  VoltAmps rating;
  LocalTime start;
  std::int64_t speed = 1;  ///< 0: as fast as possible
  std::int64_t missed_ticks = 0;
  Sources sources;
};

boost::json::object summary_json(const RunSums& sums, const RunFacts& facts);

/// From the JSON of the street or the stage; fields that are not there are passed over.
std::string summary_text(const boost::json::object& summary);

}  // namespace balans::sim
