#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/doctor/checks.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

struct Arguments {
  std::filesystem::path root = "/";
  bool json = false;
};

int run(const Arguments& arguments, const std::string& version) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(arguments.root, ignored))
    return refuse_to_start("balans doctor", {arguments.root.string(), "is not a folder"});
  const Findings findings = examine(this_machine(arguments.root, version));
  fmt::print("{}", arguments.json ? findings_json(findings) : findings_text(findings));
  return exit_code_of(findings);
}

}  // namespace

std::function<int()> add_doctor_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* doctor = app.add_subcommand("doctor", "tests this machine, and says for each fault what to type");
  doctor->add_option("--root", arguments->root, "another system's root: only its files are looked at")
      ->type_name("DIR");
  doctor->add_flag("--json", arguments->json, "for programs");
  doctor->footer("Exit codes: 0 no failure (warnings count as none), 1 a failure, 2 the command line is wrong.");
  return [arguments, version = app.version()] { return run(*arguments, version); };
}

}  // namespace balans::cli
