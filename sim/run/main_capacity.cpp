#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/program.hpp"
#include "sim/data/json_text.hpp"
#include "sim/run/arguments.hpp"
#include "sim/run/capacity.hpp"
#include "sim/run/main_run.hpp"
#include "sim/run/report.hpp"

namespace balans::runs {
namespace {

constexpr const char* kProgram = "balans-sim capacity";

struct CapacityCommand {
  Arguments arguments;
  int most = 200;
  std::optional<std::string> json;
};

void tell(const RunResult& result) {
  std::fprintf(stderr, "  %s, %d cars: %.1f %% of demands met, longest overload they cause %lld s\n",
               std::string(name_of(result.options.policy)).c_str(), result.cars, result.demands_met * 100,
               static_cast<long long>(result.longest_caused_overload_s));
}

boost::json::object json_of(const CapacityAnswer& answer) {
  boost::json::array tried;
  for (const RunResult& result : answer.tried) tried.push_back(to_json(result));
  return {{"cars", answer.cars}, {"limited_by_search", answer.limited_by_search}, {"tried", std::move(tried)}};
}

int run_command(const CapacityCommand& command) {
  Result<RunOptions> options = options_of(command.arguments);
  if (!options) return refuse_to_start(kProgram, options.error());
  if (options->evs)
    return refuse_to_start(kProgram, Error{"--evs", "is what is looked for here; --most bounds the search"});
  boost::json::object json;
  std::string text = fmt::format("A transformer of {:.0f} kVA carries, with 99 % of demands met:\n",
                                 static_cast<double>(options->transformer.count()) / 1000);
  for (const Policy policy : {Policy::Uncontrolled, Policy::Balans}) {
    options->policy = policy;
    const Result<CapacityAnswer> answer = most_cars(*options, command.most, {}, tell);
    if (!answer) return refuse_to_start(kProgram, answer.error());
    json[name_of(policy)] = json_of(*answer);
    text += fmt::format("  {:<13} {}{} cars\n", policy == Policy::Balans ? "with Balans" : "without", answer->cars,
                        answer->limited_by_search ? " or more" : "");
  }
  if (command.json)
    if (Result<void> written = replace_file(*command.json, sim::pretty(json), FileMode::Readable); !written)
      return refuse_to_start(kProgram, written.error());
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace

std::function<int()> add_capacity_command(CLI::App& app) {
  auto command = std::make_shared<CapacityCommand>();
  CLI::App& capacity =
      *app.add_subcommand("capacity", "how many cars a transformer can carry, with and without Balans");
  add_arguments(capacity, command->arguments);
  capacity.add_option("--most", command->most, "largest number of cars that is tried")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  capacity.add_option("--json", command->json, "where to write the figures of every run, as JSON");
  return [command] { return run_command(*command); };
}

}  // namespace balans::runs
