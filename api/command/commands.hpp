#pragma once
// What `balans-api` can be asked to do beside serving. Each command has a file of its own.

#include <functional>
#include <vector>

#include "api/config.hpp"

namespace CLI {
class App;
}

namespace balans::api {

/// A subcommand, and what runs it once the config file is read; gives the exit code.
struct Command {
  CLI::App* parsed = nullptr;
  std::function<int(const Config&)> run;
};

inline constexpr const char* kProgram = "balans-api";

std::vector<Command> add_token_commands(CLI::App& app);
std::vector<Command> add_site_commands(CLI::App& app);
std::vector<Command> add_database_commands(CLI::App& app);
std::vector<Command> add_ledger_commands(CLI::App& app);
/// Below `ledger`.
std::vector<Command> add_settlement_commands(CLI::App& ledger);

/// Runs `work` in one transaction on the config's database, brought up to date before. Says what is wrong.
int with_store(const Config& config, const std::function<Result<void>(Store&)>& work);

}  // namespace balans::api
