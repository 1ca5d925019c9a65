// balans ledger: the api's own command about the journal, where balans-api is installed.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <vector>

#include "cli/commands.hpp"
#include "cli/program_run.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

/// Becomes `balans-api ledger …`: what it prints and its exit code are this command's.
int become_ledger(const std::vector<std::string>& rest) {
  const auto program = find_program("balans-api");
  if (!program) {
    fmt::print(stderr, "balans ledger: balans-api is not installed here; the journal is where the api runs\n");
    return kExitFailure;
  }
  std::vector<std::string> words{program->string(), "ledger"};
  words.insert(words.end(), rest.begin(), rest.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(program->c_str(), arguments.data());
  fmt::print(stderr, "balans ledger: {} cannot be started: {}\n", program->string(), std::strerror(errno));
  return kExitFailure;
}

}  // namespace

std::function<int()> add_ledger_command(CLI::App& app) {
  CLI::App* ledger = app.add_subcommand(
      "ledger", "the journal of the api on this machine: audit, trial-balance, statement, settlements");
  ledger->prefix_command();
  return [ledger] { return become_ledger(ledger->remaining()); };
}

}  // namespace balans::cli
