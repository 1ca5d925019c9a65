#pragma once
// The options that `run` and `capacity` have in common.

#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "sim/run/run.hpp"

namespace balans::runs {

struct Arguments {
  RunOptions options;  ///< what needs no checking goes straight in
  double transformer_kva = 75;
  std::string rating = "static", ambient = "20", start = "2019-04-01T00:00", policy = "balans", faults = "none";
  std::int64_t tick_s = 1;
  std::optional<std::string> data_dir;
};

void add_arguments(CLI::App& app, Arguments& arguments);
Result<RunOptions> options_of(const Arguments& arguments);

}  // namespace balans::runs
