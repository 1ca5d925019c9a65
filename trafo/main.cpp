// balans-trafo: keeps one transformer inside its limit.
#include <CLI/CLI.hpp>

#include "common/io/clock/clock.hpp"
#include "common/io/device_file/device_file.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"
#include "trafo/shell/controller.hpp"
#include "trafo/shell/meter_poller.hpp"

namespace balans {
namespace {

constexpr const char* kName = "balans-trafo";
constexpr std::size_t kMailboxSize = 20'000;

/// What has to be there before anything starts.
struct Prepared {
  SiteFile file;
  DeviceDescription meter;
  std::unique_ptr<Signer> trafo_key;
  std::unique_ptr<Signer> site_key;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<EventLog> log;
};

/// Current per phase, and something that shows that the meter lives.
Result<void> can_be_trusted(const DeviceDescription& meter) {
  if (meter.device_class != DeviceClass::Meter) return Error{meter.name, "is not a meter"};
  for (QuantityId id : {QuantityId::CurrentL1, QuantityId::CurrentL2, QuantityId::CurrentL3})
    if (!meter.find(id)) return Error{meter.name, "shows no current on each phase"};
  for (QuantityId id : {QuantityId::VoltageL1, QuantityId::Frequency, QuantityId::EnergyImport, QuantityId::Clock})
    if (meter.find(id)) return {};
  return Error{meter.name, "shows no voltage, frequency, energy or clock: nobody could tell when it freezes"};
}

Result<Prepared> prepare(const ProgramOptions& options) {
  Prepared prepared;
  auto file = load_site(options.config);
  if (!file) return file.error();
  prepared.file = std::move(*file);
  auto meter = load_device(prepared.file.devices_dir, prepared.file.meter.device);
  if (!meter) return meter.error();
  prepared.meter = std::move(*meter);
  if (const auto fits = can_be_trusted(prepared.meter); !fits) return fits.error();
  auto trafo_key = load_signer(prepared.file.trafo_key);
  if (!trafo_key) return trafo_key.error();
  prepared.trafo_key = std::move(*trafo_key);
  auto site_key = load_signer(prepared.file.site_key);
  if (!site_key) return site_key.error();
  prepared.site_key = std::move(*site_key);
  auto clock = make_clock(options.sim_clock);
  if (!clock) return clock.error();
  prepared.clock = std::move(*clock);
  if (const auto folder = make_private_folder(prepared.file.state_dir); !folder) return folder.error();
  auto log = EventLog::open(options.events, *prepared.clock);
  if (!log) return log.error();
  prepared.log = std::move(*log);
  return prepared;
}

int control(Prepared& p, Mailbox<TrafoEvent>& mailbox, EpochCounter epoch, Outbox outbox) {
  const SiteFile& file = p.file;
  const auto post = [&mailbox](TrafoEvent event) { mailbox.push(std::move(event)); };
  const auto post_surely = [&mailbox](TrafoEvent event) { mailbox.push(std::move(event), WhenFull::Keep); };
  std::optional<ApiAddress> api;
  if (file.api_url) api = ApiAddress{*file.api_url, file.site.id, file.deployment, p.site_key.get()};
  Recorder recorder(std::move(outbox), file.state_dir / "refused.jsonl", api, *p.clock, post_surely);
  Controller controller(file, *p.trafo_key, std::move(epoch), *p.clock, *p.log, mailbox, recorder);
  MeterPoller poller(file.meter, p.meter, *p.clock,
                     [&](Result<MeterSample> sample) { post(MeterPolled{std::move(sample)}); });
  const auto bus = make_bus(Controller::bus_options(file), [&](BusEvent event) {
    const bool message = std::holds_alternative<BusMessage>(event);
    mailbox.push(std::move(event), message ? WhenFull::MayDrop : WhenFull::Keep);
  });
  controller.run(*bus);
  return kExitOk;
}

int run(int argc, const char* const* argv) {
  CLI::App app{"Balans controller: keeps one transformer inside its limit.", kName};
  ProgramOptions options;
  add_program_options(app, options);
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  harden_process();

  auto prepared = prepare(options);
  if (!prepared) return refuse_to_start(kName, prepared.error());
  Mailbox<TrafoEvent> mailbox(kMailboxSize);
  const StopSignals signals([&mailbox] { mailbox.stop(); });
  auto epoch = EpochCounter::start(prepared->file.state_dir / "epoch");
  if (!epoch) return refuse_to_start(kName, epoch.error());
  auto outbox = Outbox::open(prepared->file.state_dir / "outbox.sqlite");
  if (!outbox) return refuse_to_start(kName, outbox.error());
  return control(*prepared, mailbox, std::move(*epoch), std::move(*outbox));
}

}  // namespace
}  // namespace balans

int main(int argc, char** argv) { return balans::run(argc, argv); }
