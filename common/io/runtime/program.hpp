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

/// No core dumps and no debugger for a process that holds keys; files made from now on are private. Builds for
/// debugging and with sanitizers stay inspectable.
void harden_process();

}  // namespace balans
