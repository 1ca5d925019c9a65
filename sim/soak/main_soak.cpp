#include "sim/soak/main_soak.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/program.hpp"
#include "sim/data/json_text.hpp"
#include "sim/soak/report.hpp"

namespace balans::soak {
namespace {

constexpr const char* kProgram = "balans-sim soak";

struct SoakCommand {
  SoakSettings settings;
  std::optional<std::string> log, json;
};

/// The whole log of one seed, before it is judged with the others.
Result<void> write_log(const SoakCommand& command) {
  if (command.settings.seeds != 1) return Error{"--log", "needs --seeds 1"};
  twin::Log log;
  run_seed(command.settings.first, command.settings, log);
  if (*command.log != "-") return replace_file(*command.log, log.text(), FileMode::Readable);
  std::fwrite(log.text().data(), 1, log.text().size(), stdout);
  return {};
}

int run_command(const SoakCommand& command) {
  if (command.log)
    if (const Result<void> written = write_log(command); !written) return refuse_to_start(kProgram, written.error());
  const std::int64_t step = std::max<std::int64_t>(1, command.settings.seeds / 20);
  const SoakResult result = run_seeds(command.settings, [&](std::int64_t done) {
    if (done % step == 0 && done < command.settings.seeds)
      fmt::print(stderr, "{} of {} seeds\n", done, command.settings.seeds);
  });
  if (command.json) {
    const Result<void> written = replace_file(*command.json, sim::pretty(to_json(result)), FileMode::Readable);
    if (!written) return refuse_to_start(kProgram, written.error());
  }
  std::fputs(to_text(result).c_str(), stdout);
  return result.failed.empty() ? kExitOk : kExitFailure;
}

}  // namespace

std::function<int()> add_soak_command(CLI::App& app) {
  auto command = std::make_shared<SoakCommand>();
  SoakSettings& settings = command->settings;
  settings.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  CLI::App& soak =
      *app.add_subcommand("soak", "streets in storms of faults, judged by the truth; ends with 1 when a law breaks");
  soak.add_option("--seeds", settings.seeds, "how many streets")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  soak.add_option("--first", settings.first, "seed of the first")->capture_default_str();
  soak.add_option("--minutes", settings.minutes, "virtual time of each")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  soak.add_option("--threads", settings.threads, "streets at a time")->check(CLI::Range(1, 256))->capture_default_str();
  soak.add_option("--log", command->log, "where to write every event of a single seed; - for standard output");
  soak.add_option("--json", command->json, "where to write the figures, as JSON");
  return [command] { return run_command(*command); };
}

}  // namespace balans::soak
