#include "sim/run/main_run.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/program.hpp"
#include "sim/data/json_text.hpp"
#include "sim/run/arguments.hpp"
#include "sim/run/report.hpp"

namespace balans::runs {
namespace {

constexpr const char* kProgram = "balans-sim run";

struct RunCommand {
  Arguments arguments;
  std::optional<std::string> json;
};

int run_command(const RunCommand& command) {
  const Result<RunOptions> options = options_of(command.arguments);
  if (!options) return refuse_to_start(kProgram, options.error());
  const Result<RunResult> result = run(*options);
  if (!result) return refuse_to_start(kProgram, result.error());
  if (command.json) {
    const Result<void> written = replace_file(*command.json, sim::pretty(to_json(*result)), FileMode::Readable);
    if (!written) return refuse_to_start(kProgram, written.error());
  }
  std::fputs(to_text(*result).c_str(), stdout);
  return kExitOk;
}

}  // namespace

std::function<int()> add_run_command(CLI::App& app) {
  auto command = std::make_shared<RunCommand>();
  CLI::App& run = *app.add_subcommand("run", "weeks of a street in virtual time, under Balans or another policy");
  add_arguments(run, command->arguments);
  run.add_option("--policy", command->arguments.policy,
                 "balans, uncontrolled, equal-share, first-come, round-robin, edf, llf or oracle")
      ->capture_default_str();
  run.add_option("--json", command->json, "where to write the figures, as JSON");
  run.add_option("--csv", command->arguments.options.minutes_csv, "where to write a row for each minute, as CSV");
  run.add_option("--visits", command->arguments.options.visits_csv, "where to write a row for each session, as CSV");
  return [command] { return run_command(*command); };
}

}  // namespace balans::runs
