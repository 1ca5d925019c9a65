// balans-trafo: keeps one transformer inside its limit. `balans-trafo allocate` is its decision as a filter.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "common/io/clock/clock.hpp"
#include "common/io/device_file/device_file.hpp"
#include "common/io/outbox/adopt.hpp"
#include "common/io/runtime/config_at_start.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/memory.hpp"
#include "common/io/runtime/notify.hpp"
#include "common/io/runtime/program.hpp"
#include "common/io/runtime/stop_signals.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "common/state_versions.hpp"
#include "trafo/core/offer.hpp"
#include "trafo/filter/lines.hpp"
#include "trafo/shell/controller.hpp"
#include "trafo/shell/downlink.hpp"
#include "trafo/shell/explain.hpp"
#include "trafo/shell/meter_poller.hpp"
#include "trafo/shell/thermometer.hpp"

namespace balans {
namespace {

constexpr const char* kName = "balans-trafo";
constexpr std::size_t kMailboxSize = 20'000;

/// A device that is bound all day gives 0.6 MB of evidence; this holds two months of fifty that are bound for four
/// hours.
constexpr OutboxLimits kEvidenceLimits{std::int64_t{256} * 1024 * 1024, 100'000, 500, defaults::kOutboxCommit};

/// What has to be there before anything starts.
struct Prepared {
  SiteFile file;
  std::vector<PolledMeter> meters;
  std::unique_ptr<Signer> trafo_key;
  std::unique_ptr<Signer> site_key;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<EventLog> log;
};

Result<std::vector<PolledMeter>> load_meters(const SiteFile& file) {
  std::vector<PolledMeter> meters;
  for (std::size_t i = 0; i < file.meters.size(); ++i) {
    auto description = load_device(file.devices_dir, file.meters[i].device);
    if (!description) return description.error();
    if (const auto fits = can_be_trusted(*description); !fits) return fits.error();
    meters.push_back({i, file.site.meters[i].name, file.meters[i], std::move(*description)});
    use_framing_of(meters.back().description, meters.back().settings.place);
  }
  return meters;
}

/// What --check is asked beside the files themselves.
struct Asked {
  bool explain = false;
  std::vector<std::string> offers;  ///< NAME=JSON: would it be taken?
};

Result<void> check_offer(const Site& site, const std::string& text) {
  const std::size_t end = text.find('=');
  const std::string name = text.substr(0, end);
  const auto agent = std::ranges::find(site.agents, name, [](const Enrolment& one) { return one.id.str(); });
  if (end == std::string::npos || agent == site.agents.end()) return Error{name, "is not enrolled"};
  const auto offer = decode<Offer>(std::string_view(text).substr(end + 1));
  if (!offer) return offer.error().within(name);
  const auto why = refusal(*offer, *agent, site);
  return why ? Result<void>(Error{name, *why}) : Result<void>();
}

/// The sums are told whether they fit or not.
Result<void> answer(const std::filesystem::path& config, const Asked& asked) {
  if (!asked.explain && asked.offers.empty()) return {};
  const auto file = read_site(config);
  if (!file) return file.error();
  if (asked.explain) std::cout << budget_text(file->site) << '\n' << silence_text(file->site) << std::flush;
  for (const std::string& offer : asked.offers)
    if (const auto taken = check_offer(file->site, offer); !taken) return taken;
  return {};
}

/// Config and all that it names; touches nothing.
Result<Prepared> read_all(const std::filesystem::path& config) {
  Prepared prepared;
  auto file = load_site(config);
  if (!file) return file.error();
  prepared.file = std::move(*file);
  auto meters = load_meters(prepared.file);
  if (!meters) return meters.error();
  prepared.meters = std::move(*meters);
  auto trafo_key = load_signer(prepared.file.trafo_key);
  if (!trafo_key) return trafo_key.error();
  prepared.trafo_key = std::move(*trafo_key);
  auto site_key = load_signer(prepared.file.site_key);
  if (!site_key) return site_key.error();
  prepared.site_key = std::move(*site_key);
  return prepared;
}

Result<Prepared> prepare(const ProgramOptions& options) {
  auto read = read_all(options.config);
  if (!read) return read.error();
  Prepared prepared = *std::move(read);
  auto clock = make_clock(options.sim_clock);
  if (!clock) return clock.error();
  prepared.clock = std::move(*clock);
  if (const auto folder = make_private_folder(prepared.file.state_dir); !folder) return folder.error();
  auto log = EventLog::open(options.events, *prepared.clock);
  if (!log) return log.error();
  prepared.log = std::move(*log);
  return prepared;
}

/// One that cannot be read is set aside, so that the controller runs and people see it: the limits in it are not in
/// force any more.
std::optional<OrderBook> open_orders(const Prepared& p) {
  const SiteFile& file = p.file;
  if (!file.api_url || !file.api_key) return std::nullopt;
  const auto path = file.state_dir / "orders.json";
  auto book = OrderBook::open(path, file.site, *file.api_key, file.deployment);
  if (book) {
    for (const std::string& why : book->not_in_force()) p.log->write("order-not-in-force", {{"why", why}});
    return *std::move(book);
  }
  p.log->write("orders-set-aside", {{"error", book.error().message()}});
  std::error_code ignored;
  std::filesystem::rename(path, path.string() + ".unreadable", ignored);
  auto fresh = OrderBook::open(path, file.site, *file.api_key, file.deployment);
  return fresh ? std::optional(*std::move(fresh)) : std::nullopt;
}

/// What waits to be sent, readings and evidence apart.
struct Queues {
  Outbox readings;
  std::optional<Outbox> evidence;
};

int control(Prepared& p, Mailbox<TrafoEvent>& mailbox, EpochCounter epoch, Queues queues) {
  const SiteFile& file = p.file;
  const auto post = [&mailbox](TrafoEvent event) { mailbox.push(std::move(event)); };
  const auto post_surely = [&mailbox](TrafoEvent event) { mailbox.push(std::move(event), WhenFull::Keep); };
  std::optional<ApiAddress> api;
  if (file.api_url) api = ApiAddress{*file.api_url, file.site.id, file.deployment, p.site_key.get()};
  Recorder recorder(std::move(queues.readings), file.state_dir / "refused.jsonl", api, *p.clock, post_surely,
                    std::move(queues.evidence));
  Controller controller(file, *p.trafo_key, std::move(epoch), *p.clock, *p.log, mailbox, recorder);
  std::optional<Downlink> downlink;
  if (auto orders = open_orders(p)) {
    controller.begin_with(orders->limits());
    downlink.emplace(*std::move(orders), *api, *p.clock, post_surely);
  }
  ModbusLines lines;
  std::vector<std::unique_ptr<MeterPoller>> pollers;
  for (std::vector<PolledMeter>& bus : by_bus(std::move(p.meters))) {
    if (const auto overload = overload_of(bus)) p.log->write("line-too-busy", {{"why", *overload}});
    const auto on_sample = [&post](std::size_t meter, Result<MeterSample> sample) {
      post(MeterPolled{meter, std::move(sample)});
    };
    pollers.push_back(std::make_unique<MeterPoller>(std::move(bus), lines, *p.clock, on_sample));
  }
  std::optional<Thermometer> thermometer;
  if (file.thermometer)
    thermometer.emplace(*file.thermometer, *p.clock,
                        [&](Result<AmbientReading> reading) { post(AmbientPolled{std::move(reading)}); });
  const auto bus = make_bus(Controller::bus_options(file), [&](BusEvent event) {
    const bool message = std::holds_alternative<BusMessage>(event);
    mailbox.push(std::move(event), message ? WhenFull::MayDrop : WhenFull::Keep);
  });
  Supervisor supervisor = Supervisor::from_environment();
  controller.run(*bus, supervisor);
  return kExitOk;
}

/// Whoever reads answers from a pipe may wait for each of them; a file is read when it is done.
filter::Flush flush_for_stdout() {
  struct stat status {};
  const bool file = fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
  return file ? filter::Flush::AtEnd : filter::Flush::EachLine;
}

int allocate_lines(filter::Memory memory) {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  filter::Filter filter(memory);
  switch (filter::answer_lines(std::cin, std::cout, filter, flush_for_stdout())) {
    case filter::Outcome::AllAnswered:
      return kExitOk;
    case filter::Outcome::SomeRefused:
      return filter::kExitRefused;
    case filter::Outcome::OutputBroken:
      break;
  }
  std::cerr << kName << " allocate: standard output cannot be written\n";
  return kExitFailure;
}

void tell_set_aside(EventLog& log, const std::filesystem::path& kept) {
  log.write("newer-state-set-aside", {{"file", kept.string()}});
}

/// Whoever goes back a version goes on controlling; what a newer one has left is sent when that is back.
Result<Outbox> open_queue(const Prepared& prepared, const char* name, const OutboxLimits& limits) {
  const auto file = prepared.file.state_dir / name;
  const auto aside = sqlite::set_aside_if_newer(file, state::kOutbox);
  if (!aside) return aside.error();
  if (*aside) tell_set_aside(*prepared.log, **aside);
  const auto adopted = adopt_set_aside(file);
  if (!adopted) prepared.log->write("set-aside-not-adopted", {{"error", adopted.error().message()}});
  if (adopted && *adopted) prepared.log->write("set-aside-adopted", {{"batches", **adopted}});
  return Outbox::open(file, limits);
}

/// Readings wait at the agents until they are stored here, so there is no start without their outbox. Without that of
/// the evidence nobody is paid, and everybody is protected as before.
Result<Queues> open_queues(const Prepared& prepared) {
  auto readings = open_queue(prepared, "outbox.sqlite", {});
  if (!readings) return readings.error();
  Queues queues{*std::move(readings), std::nullopt};
  if (!prepared.file.api_url) return queues;
  auto evidence = open_queue(prepared, "evidence.sqlite", kEvidenceLimits);
  if (evidence)
    queues.evidence = *std::move(evidence);
  else
    prepared.log->write("outbox-trouble", {{"error", "evidence: " + evidence.error().message()}});
  return queues;
}

int run_controller(const ProgramOptions& options, const Asked& asked) {
  share_one_arena();
  if (options.check) {
    if (const auto answered = answer(options.config, asked); !answered) return refuse_to_start(kName, answered.error());
    const auto fine = read_all(options.config);
    return fine ? kExitOk : refuse_to_start(kName, fine.error());
  }
  const ConfigAtStart config(options.config);
  auto prepared = prepare(options);
  if (!prepared) return refuse_to_start(kName, prepared.error());
  Mailbox<TrafoEvent> mailbox(kMailboxSize);
  const auto check = [&options] {
    const auto fine = read_all(options.config);
    return fine ? Result<void>() : Result<void>(fine.error());
  };
  const StopSignals signals([&mailbox] { mailbox.stop(); },
                            [&] { mailbox.push(ReloadAsked{config.compare(check)}, WhenFull::Keep); });
  auto epoch = EpochCounter::start(prepared->file.state_dir / "epoch");
  if (!epoch) return refuse_to_start(kName, epoch.error());
  if (epoch->set_aside()) tell_set_aside(*prepared->log, *epoch->set_aside());
  auto queues = open_queues(*prepared);
  if (!queues) return refuse_to_start(kName, queues.error());
  return control(*prepared, mailbox, std::move(*epoch), *std::move(queues));
}

int run_program(int argc, const char* const* argv) {
  harden_process();
  CLI::App app{"Balans controller: keeps one transformer inside its limit.", kName};
  ProgramOptions options;
  add_program_options(app, options);
  CLI::Option* config = app.get_option("--config")->required(false);  // allocate has none
  config->description("the config file, YAML; required, but not taken by allocate");
  Asked asked;
  CLI::Option* only_check = app.get_option("--check");
  app.add_flag("--explain", asked.explain,
               "with --check: how the failsafes add up, and what is done when nothing is heard")
      ->needs(only_check);
  app.add_option("--offer", asked.offers, "with --check: whether this offer of an agent would be taken")
      ->type_name("NAME=JSON")
      ->needs(only_check);
  CLI::App& allocate = *app.add_subcommand(
      "allocate", "the decision as a filter: problems in, limits out, a JSON line each (docs/allocate-filter.md)");
  bool stateless = false;
  allocate.add_flag("--stateless", stateless, "ignore memory, and put none out");
  allocate.excludes(config);
  allocate.footer("Reads standard input, writes standard output. Exit code 2: a line was answered with an error.");
  if (const auto exit_code = parse_command_line(app, argc, argv)) return *exit_code;
  if (allocate.parsed()) return allocate_lines(stateless ? filter::Memory::None : filter::Memory::Carried);
  if (config->empty()) return refuse_to_start(kName, {"", "--config is required (see --help)"});
  return run_controller(options, asked);
}

}  // namespace
}  // namespace balans

int main(int argc, char** argv) { return balans::run_program(argc, argv); }
