#pragma once
// What an agent and its device do when they are alone, in plain words.

#include <string>

#include "chargepoint/shell/agent_file.hpp"

namespace balans {

std::string silence_text(const AgentFile& file);

}  // namespace balans
