#include "common/io/runtime/program.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "common/check.hpp"

namespace balans {

void add_log_and_clock_options(CLI::App& app, ProgramOptions& options) {
  app.add_option("--events", options.events, "append events to FILE as JSON lines (default: standard error)")
      ->type_name("FILE");
#ifdef BALANS_SIM_CLOCK
  app.add_option("--sim-clock", options.sim_clock, "run on a scaled clock, SPEED 1 to 30 (demo and tests only)")
      ->type_name("SPEED:UTC0_MS:BOOT0_MS");
#endif
  app.set_version_flag("--version", BALANS_VERSION);
}

void add_program_options(CLI::App& app, ProgramOptions& options) {
  app.add_option("--config", options.config, "the config file, YAML")->required()->type_name("FILE");
  app.add_flag("--check", options.check, "read the config file and all that it names, say what is wrong, and end");
  add_log_and_clock_options(app, options);
}

std::optional<int> parse_command_line(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::Error& problem) {
    return refuse_to_start(app.get_name(), {"", std::string(problem.what()) + " (see --help)"});
  }
}

int refuse_to_start(const std::string& program, const Error& error) {
  fmt::print(stderr, "{}{}{}\n", program, program.empty() ? "" : ": ", error.message());
  return kExitBadConfig;
}

void refuse_core_dumps() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // leaks are looked for by way of ptrace
  const char* wanted = std::getenv(kCoreDumpsWanted);
  if (wanted != nullptr && std::string_view(wanted) == "1") return;
  // Where cores go to a program, it is asked whatever the limit is: only this keeps it from being asked.
  BALANS_CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#endif
}

void harden_process() {
  umask(077);
  refuse_core_dumps();
}

}  // namespace balans
