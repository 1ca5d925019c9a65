#include "sim/soak/main_soak.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <thread>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/program.hpp"
#include "sim/data/json_text.hpp"
#include "sim/soak/report.hpp"

namespace balans::soak {
namespace {

constexpr const char* kProgram = "balans-sim soak";
constexpr std::uint64_t kMostSeeds = 1'000'000;
constexpr std::uint64_t kLastSeed = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMostMinutes = 100'000;

/// A whole number and nothing else: what does not fit is not cut to fit.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const auto wrong = [least, most](const std::string& text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    const bool fits = error == std::errc() && stopped == end && number >= least && number <= most;
    return fits ? std::string() : fmt::format("{} is not a whole number from {} to {}", text, least, most);
  };
  return {wrong, fmt::format("{} to {}", least, most), "whole number"};
}

struct SoakCommand {
  SoakSettings settings;
  bool calm = false;
  std::optional<std::int64_t> minutes;
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

int run_command(SoakCommand command) {
  SoakSettings& settings = command.settings;
  settings.sky = command.calm ? Sky::Calm : Sky::Stormy;
  settings.minutes = command.minutes.value_or(usual_minutes(settings.sky));
  if (settings.first > kLastSeed - static_cast<std::uint64_t>(settings.seeds - 1))
    return refuse_to_start(kProgram, Error{"--first", fmt::format("with --seeds {} there are seeds beyond {}",
                                                                  settings.seeds, kLastSeed)});
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
  soak.add_flag("--calm", command->calm,
                "hours in which nearly nothing goes wrong: who waits for how long is judged too");
  soak.add_option("--seeds", settings.seeds, "how many streets")
      ->check(whole_number(1, kMostSeeds))
      ->capture_default_str();
  soak.add_option("--first", settings.first, "seed of the first")
      ->check(whole_number(0, kLastSeed))
      ->capture_default_str();
  soak.add_option("--minutes", command->minutes, "virtual time of each; else 20, or 120 with --calm")
      ->check(whole_number(1, kMostMinutes));
  soak.add_option("--threads", settings.threads, "streets at a time")->check(CLI::Range(1, 256))->capture_default_str();
  soak.add_option("--log", command->log, "where to write every event of a single seed; - for standard output");
  soak.add_option("--json", command->json, "where to write the figures, as JSON");
  return [command] { return run_command(*command); };
}

}  // namespace balans::soak
