#pragma once
// `balans-sim demo`

#include <functional>

namespace CLI {
class App;
}

namespace balans::sim {

/// Adds the subcommand. The result runs it once the command line is parsed and gives the exit code.
std::function<int()> add_demo_command(CLI::App& app);

}  // namespace balans::sim
