#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/check/check.hpp"
#include "cli/commands.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans check";

struct Arguments {
  std::vector<std::filesystem::path> files;
  std::filesystem::path root = "/";
  std::optional<std::filesystem::path> programs;
  bool explain = false, json = false;
};

int run(const Arguments& arguments) {
  const CheckPlaces places{arguments.root / "etc/balans", arguments.programs, SystemClock().utc()};
  const auto files = arguments.files.empty() ? usual_files(places) : arguments.files;
  if (files.empty())
    return refuse_to_start(kName, {places.config.string(),
                                   "has no configuration yet: balans init trafo, balans init "
                                   "chargepoint NAME or balans init api makes it"});
  const Checked checked = check_files(places, files, arguments.explain ? Explain::Yes : Explain::No);
  if (!checked.explanation.empty() && !arguments.json) fmt::print("{}\n", checked.explanation);
  fmt::print("{}", arguments.json ? findings_json(checked.findings) : findings_text(checked.findings));
  return exit_code_of(checked.findings);
}

}  // namespace

std::function<int()> add_check_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* check = app.add_subcommand("check", "everything about the config files that can be known before starting");
  check->add_option("FILES", arguments->files, "default: site.yaml, agents/*.yaml and api.yaml of /etc/balans");
  check->add_flag("--explain", arguments->explain, "how the failsafes add up, and what is done when nothing is heard");
  check->add_flag("--json", arguments->json, "for programs");
  check->add_option("--root", arguments->root, "look below this folder instead of /")->type_name("DIR");
  check->add_option("--programs", arguments->programs, "where balans-trafo and the others lie (default: beside this)")
      ->type_name("DIR");
  check->footer(
      "Run it as root: keys are their services' own. Exit codes: 0 no failure, 1 a failure, 2 the command "
      "line is wrong or there is nothing to check.");
  return [arguments] {
    harden_process();
    return run(*arguments);
  };
}

}  // namespace balans::cli
