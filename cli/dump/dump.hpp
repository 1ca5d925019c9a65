#pragma once
// `balans dump`: all that somebody far away needs to help, as one text.

#include <string>

#include "cli/doctor/machine.hpp"
#include "cli/dump/hidden.hpp"

namespace balans::cli {

/// Of files whose content is no key only. What is shown of them, Hidden decides.
std::string dump_text(const Machine& machine, Names names);

}  // namespace balans::cli
