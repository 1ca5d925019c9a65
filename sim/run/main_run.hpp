#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace balans::runs {

/// `balans-sim run`: adds the command; the result runs it and gives the exit code.
std::function<int()> add_run_command(CLI::App& app);
/// `balans-sim capacity`.
std::function<int()> add_capacity_command(CLI::App& app);

}  // namespace balans::runs
