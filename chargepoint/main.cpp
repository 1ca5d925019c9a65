// balans-chargepoint: the agent beside one device.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "chargepoint/shell/chargepoint.hpp"
#include "common/io/runtime/config_at_start.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/notify.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"

namespace balans {
namespace {

constexpr const char* kName = "balans-chargepoint";
constexpr std::size_t kMailboxSize = 1000;

/// Config and all that it names; touches nothing.
Result<void> check(const std::filesystem::path& config) {
  const auto file = load_agent(config);
  if (!file) return file.error();
  const auto signer = load_signer(file->device_key);
  return signer ? Result<void>() : Result<void>(signer.error());
}

int run(int argc, const char* const* argv) {
  CLI::App app{"Balans agent: keeps one device inside its limit, and safe when nobody speaks to it.", kName};
  ProgramOptions options;
  add_program_options(app, options);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  harden_process();
  if (options.check) {
    const auto fine = check(options.config);
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
  // Seconds are fewer than readings will ever be: numbers go on rising over a lost journal.
  const auto used = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (*clock)->utc().ms() / 1000));
  auto journal = Journal::open(file->state_dir / "journal.sqlite", used);
  if (!journal) return refuse_to_start(kName, journal.error());
  Chargepoint chargepoint(*file, **signer, std::move(*journal), **clock, **log, mailbox);
  Supervisor supervisor = Supervisor::from_environment();
  chargepoint.run(supervisor);
  return kExitOk;
}

}  // namespace
}  // namespace balans

int main(int argc, char** argv) { return balans::run(argc, argv); }
