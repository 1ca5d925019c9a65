#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/dump/dump.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

struct Arguments {
  std::string out;
  bool redact = false;
};

int run(const Arguments& arguments, const std::string& version) {
  const Machine machine = this_machine("/", version);
  const std::string text = dump_text(machine, arguments.redact ? Names::Hidden : Names::Shown);
  if (arguments.out.empty()) {
    fmt::print("{}", text);
    return kExitOk;
  }
  const auto written = write_file_durably(arguments.out, text, FileMode::Private);
  if (!written) return refuse_to_start("balans dump", written.error());
  fmt::print("{}: {} kB. Read it before you send it\n", arguments.out, text.size() / 1000 + 1);
  return kExitOk;
}

}  // namespace

std::function<int()> add_dump_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* dump = app.add_subcommand("dump", "all that somebody far away needs to help, and never a key");
  dump->add_flag("--redact", arguments->redact, "names of sites, devices and hosts, and addresses, as tokens");
  dump->add_option("--out", arguments->out, "into a new file (default: standard output)")
      ->type_name("FILE")
      ->check(CLI::NonexistentPath);
  return [arguments, version = app.version()] {
    harden_process();
    return run(*arguments, version);
  };
}

}  // namespace balans::cli
