#pragma once
// What a soak has come to, for people and for machines.

#include <boost/json/object.hpp>
#include <string>

#include "sim/soak/soak.hpp"

namespace balans::soak {

std::string to_text(const SoakResult& result);
boost::json::object to_json(const SoakResult& result);

/// The command that runs this seed again and shows its log.
std::string replay_command(std::uint64_t seed, const SoakSettings& settings);

}  // namespace balans::soak
