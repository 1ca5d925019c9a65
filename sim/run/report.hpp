#pragma once
// What a run says of itself: JSON under the demo's names, and a few lines for people.

#include <boost/json/object.hpp>
#include <string>

#include "sim/run/run.hpp"

namespace balans::runs {

boost::json::object to_json(const RunResult& result);
std::string to_text(const RunResult& result);

}  // namespace balans::runs
