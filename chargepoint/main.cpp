// balans-chargepoint: the agent beside one device.
#include <CLI/CLI.hpp>
#include <iostream>

#include "chargepoint/shell/chargepoint.hpp"
#include "chargepoint/shell/explain.hpp"
#include "chargepoint/shell/journal_before.hpp"
#include "common/io/runtime/config_at_start.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/memory.hpp"
#include "common/io/runtime/notify.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"
#include "common/state_versions.hpp"

namespace balans {
namespace {

constexpr const char* kName = "balans-chargepoint";
constexpr std::size_t kMailboxSize = 1000;

/// What --check prints when all is well.
struct Told {
  bool explain = false, offer = false;
};

void tell(const AgentFile& file, const Told& told) {
  if (told.explain) std::cout << silence_text(file);
  if (told.offer) std::cout << encode(offer_of(file.settings)) << '\n';
}

/// Config and all that it names; touches nothing.
Result<void> check(const std::filesystem::path& config, const Told& told = {}) {
  const auto file = load_agent(config);
  if (!file) return file.error();
  tell(*file, told);
  const auto signer = load_signer(file->device_key);
  return signer ? Result<void>() : Result<void>(signer.error());
}

int run(int argc, const char* const* argv) {
  harden_process();
  CLI::App app{"Balans agent: keeps one device inside its limit, and safe when nobody speaks to it.", kName};
  ProgramOptions options;
  add_program_options(app, options);
  Told told;
  CLI::Option* only_check = app.get_option("--check");
  app.add_flag("--explain", told.explain, "with --check: what agent and device do when they are alone")
      ->needs(only_check);
  app.add_flag("--offer", told.offer, "with --check: what would be offered to the controller, as JSON")
      ->needs(only_check);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  share_one_arena();
  if (options.check) {
    const auto fine = check(options.config, told);
    return fine ? kExitOk : refuse_to_start(kName, fine.error());
  }

  const ConfigAtStart config(options.config);
  const auto file = load_agent(options.config);
  if (!file) return refuse_to_start(kName, file.error());
  const auto signer = load_signer(file->device_key);
  if (!signer) return refuse_to_start(kName, signer.error());
  const auto clock = make_clock(options.sim_clock);
  if (!clock) return refuse_to_start(kName, clock.error());
  if (const auto folder = make_private_folder(file->state_dir); !folder) return refuse_to_start(kName, folder.error());
  const auto log = EventLog::open(options.events, **clock);
  if (!log) return refuse_to_start(kName, log.error());

  Mailbox<ChargepointEvent> mailbox(kMailboxSize);
  const StopSignals signals([&mailbox] { mailbox.stop(); },
                            [&] {
                              const std::string found = config.compare([&options] { return check(options.config); });
                              mailbox.push(ReloadAsked{found}, WhenFull::Keep);
                            });
  const auto journal_file = file->state_dir / "journal.sqlite";
  const auto aside = sqlite::set_aside_if_newer(journal_file, state::kJournal);
  if (!aside) return refuse_to_start(kName, aside.error());
  if (*aside) (*log)->write("newer-state-set-aside", {{"file", (*aside)->string()}});
  auto journal = Journal::open(journal_file, used_before(journal_file, (*clock)->utc()));
  if (!journal) return refuse_to_start(kName, journal.error());
  Chargepoint chargepoint(*file, **signer, std::move(*journal), **clock, **log, mailbox);
  Supervisor supervisor = Supervisor::from_environment();
  chargepoint.run(supervisor);
  return kExitOk;
}

}  // namespace
}  // namespace balans

int main(int argc, char** argv) { return balans::run(argc, argv); }
