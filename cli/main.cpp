// balans: what an installer needs.

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "common/io/runtime/program.hpp"

int main(int argc, char** argv) {
  CLI::App app("Balans: tools for whoever installs it", "balans");
  app.set_version_flag("--version", BALANS_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 fine, 1 a device or a file is not, 2 the command line or a file it names is wrong.");
  const auto device = balans::cli::add_device_command(app);
  const auto test_device = balans::cli::add_test_device_command(app);
  const auto detect = balans::cli::add_detect_command(app);
  const auto ca = balans::cli::add_ca_command(app);
  const auto pair = balans::cli::add_pair_command(app);
  if (const auto code = balans::parse_command_line(app, argc, argv)) return *code;
  if (app.got_subcommand("device")) return device();
  if (app.got_subcommand("test-device")) return test_device();
  if (app.got_subcommand("ca")) return ca();
  if (app.got_subcommand("pair")) return pair();
  return detect();
}
