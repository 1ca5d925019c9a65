#include "sim/street/main_street.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/program.hpp"
#include "sim/data/json_text.hpp"
#include "sim/street/arguments.hpp"
#include "sim/street/run.hpp"

namespace balans::sim {
namespace {

struct StreetCommand {
  StreetArguments arguments;
  std::optional<std::string> ports_file, truth_file, summary_file, sim_clock;
  bool unpaced = false;
};

/// The clock's own numbers where another program gave them; else the run starts now.
Result<boost::json::object> run_on_clock(StreetSetup setup, const StreetOptions& options,
                                         const StreetCommand& command) {
  const std::int64_t speed = command.arguments.speed;
  std::optional<std::string> numbers = command.sim_clock;
  if (!numbers && speed != 1)
    numbers = std::to_string(speed) + ":" + std::to_string(options.start.ms()) + ":" +
              std::to_string(SystemClock().boot().ms());
  const Result<std::unique_ptr<Clock>> clock = make_clock(numbers);
  if (!clock) return clock.error().within("--sim-clock");
  StreetTime time{(*clock)->boot(), options.start};
  if (command.sim_clock) time.local = LocalTime((*clock)->utc().ms());
  return run_paced(std::move(setup), options, **clock, time, speed, {command.ports_file, command.truth_file});
}

Result<boost::json::object> run(const StreetOptions& options, const StreetCommand& command) {
  if (command.unpaced) {
    Result<StreetSetup> setup = set_up_world(options);
    if (!setup) return setup.error();
    return run_unpaced(std::move(*setup), options);
  }
  Result<StreetSetup> setup = set_up(options);
  if (!setup) return setup.error();
  return run_on_clock(std::move(*setup), options, command);
}

int run_command(const StreetCommand& command) {
  Result<StreetOptions> options = street_options(command.arguments);
  if (!options) return refuse_to_start("balans-sim street", options.error());
  if (command.unpaced && (options->policy != Policy::Uncontrolled || !options->minutes))
    return refuse_to_start("balans-sim street", {"--unpaced", "needs --policy uncontrolled and --minutes"});
  const Result<boost::json::object> summary = run(*options, command);
  if (!summary) return refuse_to_start("balans-sim street", summary.error());
  if (command.summary_file) {
    const Result<void> written = replace_file(*command.summary_file, pretty(*summary), FileMode::Readable);
    if (!written) return refuse_to_start("balans-sim street", written.error());
  }
  std::fputs(summary_text(*summary).c_str(), stderr);
  return kExitOk;
}

}  // namespace

std::function<int()> add_street_command(CLI::App& app) {
  auto command = std::make_shared<StreetCommand>();
  CLI::App& street = *app.add_subcommand("street", "a virtual street: its meter and devices as Modbus TCP servers");
  add_street_arguments(street, command->arguments);
  street.add_option("--ports-file", command->ports_file, "where to write the ports it listens on, as JSON");
  street.add_option("--truth", command->truth_file,
                    "where to write what was true in each second, a JSON object a line");
  street.add_option("--summary", command->summary_file, "where to write the summary of the run, as JSON");
  street.add_option("--sim-clock", command->sim_clock, "SPEED:UTC0_MS:BOOT0_MS, a clock shared with other programs");
  street.add_flag("--unpaced", command->unpaced, "as fast as possible and without servers; uncontrolled only");
  return [command] { return run_command(*command); };
}

}  // namespace balans::sim
