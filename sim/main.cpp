// balans-sim: a virtual street, and the whole main job on one machine.

#include <CLI/CLI.hpp>

#include "common/io/runtime/program.hpp"
#include "sim/device/main_device.hpp"
#include "sim/run/main_run.hpp"
#include "sim/soak/main_soak.hpp"
#include "sim/stage/main_demo.hpp"
#include "sim/street/main_street.hpp"

int main(int argc, char** argv) {
  CLI::App app("A virtual low-voltage street for Balans", "balans-sim");
  app.set_version_flag("--version", BALANS_VERSION);
  app.require_subcommand(1);
  const auto street = balans::sim::add_street_command(app);
  const auto device = balans::sim::add_device_command(app);
  const auto demo = balans::sim::add_demo_command(app);
  const auto run = balans::runs::add_run_command(app);
  const auto capacity = balans::runs::add_capacity_command(app);
  const auto soak = balans::soak::add_soak_command(app);
  if (const auto code = balans::parse_command_line(app, argc, argv)) return *code;
  if (app.got_subcommand("street")) return street();
  if (app.got_subcommand("device")) return device();
  if (app.got_subcommand("demo")) return demo();
  if (app.got_subcommand("run")) return run();
  if (app.got_subcommand("soak")) return soak();
  return capacity();
}
