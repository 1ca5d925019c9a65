#pragma once
// `balans-sim device`

#include <functional>

namespace CLI {
class App;
}

namespace balans::sim {

/// Adds the subcommand. The result runs it once the command line is parsed and gives the exit code.
std::function<int()> add_device_command(CLI::App& app);

}  // namespace balans::sim
