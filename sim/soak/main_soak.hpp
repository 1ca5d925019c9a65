#pragma once
// `balans-sim soak`

#include <functional>
#include <memory>

namespace CLI {
class App;
}

namespace balans::soak {

/// Adds the subcommand. The result runs it once the command line is parsed and gives the exit code.
std::function<int()> add_soak_command(CLI::App& app);

}  // namespace balans::soak
