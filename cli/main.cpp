// balans: what an installer needs.

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

#include "cli/commands.hpp"
#include "common/io/runtime/program.hpp"

int main(int argc, char** argv) {
  namespace cli = balans::cli;
  balans::refuse_core_dumps();  // what is private is each command's own
  CLI::App app("Balans: tools for whoever installs it", "balans");
  app.set_version_flag("--version", BALANS_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 fine, 1 a device or a file is not, 2 the command line or a file it names is wrong.");
  const std::map<std::string, std::function<int()>> commands{
      {"backup", cli::add_backup_command(app)},   {"ca", cli::add_ca_command(app)},
      {"check", cli::add_check_command(app)},     {"commission", cli::add_commission_command(app)},
      {"detect", cli::add_detect_command(app)},   {"device", cli::add_device_command(app)},
      {"doctor", cli::add_doctor_command(app)},   {"dump", cli::add_dump_command(app)},
      {"enrol", cli::add_enrol_command(app)},     {"init", cli::add_init_command(app)},
      {"ledger", cli::add_ledger_command(app)},   {"pair", cli::add_pair_command(app)},
      {"restore", cli::add_restore_command(app)}, {"test-device", cli::add_test_device_command(app)},
      {"wallet", cli::add_wallet_command(app)},
  };
  if (const auto code = balans::parse_command_line(app, argc, argv)) return *code;
  return commands.at(app.get_subcommands().front()->get_name())();
}
