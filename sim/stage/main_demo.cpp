#include "sim/stage/main_demo.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <mutex>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"
#include "sim/data/json_text.hpp"
#include "sim/stage/stage.hpp"
#include "sim/street/summary.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kStatusEvery = 5s;

struct DemoCommand {
  StreetArguments street;
  bool headless = false;
  std::optional<std::string> json_file, keep, programs;
  std::string ledger = "none", iota_node = "tests/iota_node/node.mjs";
};

/// Ctrl-C may come before there is a stage to stop.
class Stopper {
 public:
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (stage_) stage_->interrupt();
  }
  void set(Stage* stage) {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
    if (stage_ && stopped_) stage_->interrupt();
  }

 private:
  std::mutex mutex_;
  Stage* stage_ = nullptr;
  bool stopped_ = false;
};

std::string status_line(const json::object& second, double phase_kva) {
  const auto kva = [&](std::size_t phase) {
    return static_cast<double>(second.at("load_va").as_array().at(phase).as_int64()) / 1000;
  };
  int limited = 0;
  for (const auto& [id, device] : second.at("devices").as_object()) limited += device.at("limited").as_bool() ? 1 : 0;
  return fmt::format("{}  L1 {:5.1f}  L2 {:5.1f}  L3 {:5.1f} of {:.1f} kVA  {}{}\n",
                     std::string_view(second.at("local").as_string()).substr(11), kva(0), kva(1), kva(2), phase_kva,
                     limited == 0 ? "nobody limited" : std::to_string(limited) + " limited",
                     second.at("overload").as_bool() ? "  OVERLOAD" : "");
}

void announce(const Stage& stage, const DemoCommand& command) {
  const Sources& sources = stage.sources();
  if (!stage.page().empty()) fmt::print("The page: {}#token={}\n", stage.page(), stage.token());
  fmt::print("Base load: {}\nCars:      {}\n", sources.feeder, sources.sessions);
  if (sources.synthetic) fmt::print("SYNTHETIC: this run uses made-up data, not measurements.\n");
  fmt::print("{} runs at {} times real time{}.\n", command.street.policy == "balans" ? "Balans" : "The street alone",
             command.street.speed, command.headless ? "" : "; Ctrl-C stops it");
  std::fflush(stdout);
}

/// What the programs complain of; also without status lines, for a run may end well all the same.
void tell_troubles(Stage& stage) {
  for (const std::string& trouble : stage.take_troubles()) fmt::print(stderr, "  {}\n", trouble);
}

/// Until the minutes are over, Ctrl-C, or something dies.
void watch_run(Stage& stage, const DemoCommand& command) {
  const double phase_kva = command.street.transformer_kva / 3;
  while (!stage.interrupted() && stage.failures().empty() && !stage.run_is_over()) {
    stage.wait_for([&] { return stage.run_is_over(); }, kStatusEvery);
    tell_troubles(stage);
    if (command.headless || stage.truth().empty()) continue;
    std::fputs(status_line(stage.truth().back(), phase_kva).c_str(), stdout);
    std::fflush(stdout);
  }
}

int write_summary(const json::object& summary, const DemoCommand& command) {
  std::fputs(summary_text(summary).c_str(), stdout);
  if (command.json_file) {
    const Result<void> written = replace_file(*command.json_file, pretty(summary), FileMode::Readable);
    if (!written) return refuse_to_start("balans-sim demo", written.error());
  }
  return summary.at("failures").as_array().empty() ? kExitOk : kExitFailure;
}

StageOptions stage_options(const DemoCommand& command) {
  StageOptions options;
  options.street = command.street;
  options.programs = command.programs ? std::filesystem::path(*command.programs) : program_folder();
  if (command.ledger == "iota-local") options.ledger = PayoutLedger::IotaLocal;
  options.iota_node = command.iota_node;
  if (command.keep) options.keep = *command.keep;
  return options;
}

int run_demo(const DemoCommand& command) {
  Stopper stopper;
  const StopSignals signals([&] { stopper.stop(); });
  if (command.headless && !command.street.minutes)
    return refuse_to_start("balans-sim demo", {"--headless", "needs --minutes"});
  Result<std::unique_ptr<Stage>> stage = Stage::create(stage_options(command));
  if (!stage) return refuse_to_start("balans-sim demo", stage.error());
  stopper.set(stage->get());
  const Result<void> started = (*stage)->start();
  if (started) {
    announce(**stage, command);
    watch_run(**stage, command);
  }
  stopper.set(nullptr);
  if (started) return write_summary((*stage)->finish(), command);
  fmt::print(stderr, "balans-sim demo: {}\n", started.error().message());
  tell_troubles(**stage);
  for (const std::string& failure : (*stage)->failures()) fmt::print(stderr, "balans-sim demo: {}\n", failure);
  return kExitFailure;
}

}  // namespace

std::function<int()> add_demo_command(CLI::App& app) {
  auto command = std::make_shared<DemoCommand>();
  CLI::App& demo = *app.add_subcommand("demo", "the whole main job: broker, street, controller, agents, api");
  add_street_arguments(demo, command->street);
  demo.add_flag("--headless", command->headless, "no status lines; needs --minutes");
  demo.add_option("--json", command->json_file, "where to write the summary of the run");
  demo.add_option("--ledger", command->ledger, "where money is paid out to: nowhere, or a network of IOTA of its own")
      ->check(CLI::IsMember({"none", "iota-local"}));
  demo.add_option("--iota-node", command->iota_node, "that network's program; for --ledger iota-local");
  demo.add_option("--keep", command->keep, "run in this empty folder and leave it behind, with all logs");
  demo.add_option("--programs", command->programs, "folder with the other programs; absent: where this one lies");
  return [command] { return run_demo(*command); };
}

}  // namespace balans::sim
