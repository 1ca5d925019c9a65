#pragma once
// What the main of every program begins with.

#include <filesystem>
#include <optional>
#include <string>

#include "common/result.hpp"

namespace CLI {
class App;
}

namespace balans {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;    ///< something outside failed while running
inline constexpr int kExitBadConfig = 2;  ///< command line, config or key files

struct ProgramOptions {
  std::filesystem::path config;
  std::optional<std::filesystem::path> events;
  bool check = false;                    ///< only say whether it would start
  std::optional<std::string> sim_clock;  ///< stays absent in builds without BALANS_SIM_CLOCK
};

/// Adds --config (required), --check, --events, --version and, where it is built in, --sim-clock.
void add_program_options(CLI::App& app, ProgramOptions& options);
/// Adds --events and --sim-clock only, for programs without a config file.
void add_log_and_clock_options(CLI::App& app, ProgramOptions& options);

/// Parses the command line. Gives the exit code when the program is to end now: after --help and --version, and after
/// one line on standard error about what is wrong.
std::optional<int> parse_command_line(CLI::App& app, int argc, const char* const* argv);

/// Prints `program: where: what` on standard error and gives kExitBadConfig.
int refuse_to_start(const std::string& program, const Error& error);

/// Set to 1 it leaves a program open to debuggers, and its core to whoever gets it: keys and passwords are in it.
inline constexpr const char* kCoreDumpsWanted = "BALANS_CORE_DUMPS";

/// The first thing that a program does which may come to hold a key: it leaves no core dump whatever ends it, and takes
/// no debugger but root's. Only builds with sanitizers stay inspectable, and whoever sets kCoreDumpsWanted.
void refuse_core_dumps();

/// The same, and files made from now on are private.
void harden_process();

}  // namespace balans
