// balans_field: Balans beside bare programs that hold the same links, in the same run: how long a cut takes from the
// meter's reply to the last charger, and what the programs take of the machine. All on this machine, everything real:
// mosquitto as it is installed (TLS, a certificate for each), Modbus TCP, one process for each agent.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <thread>

#include "common/io/device_file/device_file.hpp"
#include "tests/bench/field/fleet.hpp"
#include "tests/bench/markers.hpp"

namespace balans::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Arguments {
  std::size_t agents = 200;   ///< of the latency
  std::size_t devices = 100;  ///< of processor time and memory
  int rounds = 100;
  int seconds = 60;
  std::filesystem::path source, programs, folder;
  std::string page;
};

double ms_between(Instant from, Instant to) { return std::chrono::duration<double, std::milli>(to - from).count(); }

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  return values[at];
}

/// A site on this machine, its hardware running, nothing else started.
struct Field {
  FieldPlan plan;
  std::unique_ptr<Hardware> hardware;
  std::unique_ptr<Fleet> fleet;
};

constexpr Milliamps kBaseAtFirst{500'000};

Result<std::unique_ptr<Field>> make_field(const Arguments& arguments, const std::string& name, std::size_t chargers) {
  auto field = std::make_unique<Field>();
  FieldPlan& plan = field->plan;
  plan.folder = arguments.folder / name;
  plan.source = arguments.source;
  plan.chargers = chargers;
  // Room for all to charge at their most beside the first base load, and not for a step more.
  plan.rated = VoltAmps((static_cast<std::int64_t>(chargers) * 32 + 500 + 10) * 3 * 230 * 100 / 97);
  plan.design_peak_base = std::min(Milliamps(4'900'000), Milliamps(plan.rated.count() * 1000 / 3 / 230 * 9 / 10));
  std::map<std::string, DeviceDescription> files;
  for (const char* file : {kMeter, kCharger}) {
    auto loaded = load_device(arguments.source / "config/devices" / (std::string(file) + ".yaml"));
    if (!loaded) return loaded.error();
    files[file] = std::move(*loaded);
  }
  auto hardware = Hardware::start(files.at(kMeter), files.at(kCharger), chargers);
  if (!hardware) return hardware.error();
  field->hardware = std::move(*hardware);
  field->hardware->set_base(kBaseAtFirst);
  const auto port = sim::free_port();
  if (!port) return port.error();
  plan.broker_port = *port;
  plan.meter_port = field->hardware->meter_port();
  plan.charger_port = field->hardware->charger_port();
  if (const auto prepared = prepare(plan); !prepared) return prepared.error();
  field->fleet = std::make_unique<Fleet>(plan, arguments.programs);
  if (const auto started = field->fleet->start_broker(); !started) return started.error();
  return field;
}

bool all_at(const Hardware& hardware, std::size_t chargers, Milliamps limit) {
  for (std::size_t i = 0; i < chargers; ++i)
    if (hardware.limit_of(i) < limit) return false;
  return true;
}

void rest(milliseconds time) { std::this_thread::sleep_for(time); }

/// Between two cuts, Balans' or the bare programs'. The same for both: after a second without messages Paho's receiving
/// thread looks away for a tenth of a second, which whoever is told something three times a second never meets.
void pause(std::mt19937& random) { rest(milliseconds(std::uniform_int_distribution<int>(2'000, 3'000)(random))); }

/// From the word to publish to the last charger's write, ms, once a round.
Result<std::vector<double>> bare_rounds(Field& field, int rounds, std::mt19937& random) {
  if (const auto started = field.fleet->start_bare(); !started) return started.error();
  std::vector<double> times;
  for (int round = -1; round < rounds; ++round) {  // the first warms up
    field.hardware->forget();
    const Instant begin = steady_clock::now();
    if (const auto told = field.fleet->tell_bare(fmt::format("{:.1f}", round < 0 ? 32.0 : 31.9 - round * 0.1)); !told)
      return told.error();
    if (!wait_for(milliseconds(10'000), [&] { return field.hardware->last_write().has_value(); }))
      return Error{"bare programs", "not all chargers were written within ten seconds"};
    if (round >= 0) times.push_back(ms_between(begin, *field.hardware->last_write()));
    pause(random);
  }
  return times;
}

struct Cuts {
  std::vector<double> to_first, from_reply, from_step;  ///< ms
  int incomplete = 0;                                   ///< rounds in which a charger was not cut within three seconds
};

Result<void> start_balans(Field& field) {
  if (const auto started = field.fleet->start_balans(); !started) return started.error();
  if (!wait_for(milliseconds(120'000), [&] { return all_at(*field.hardware, field.plan.chargers, Milliamps(31'500)); }))
    return Error{"balans", fmt::format("the chargers draw {} A after two minutes, expected {}",
                                       field.hardware->drawn().count() / 1000, field.plan.chargers * 32)};
  rest(milliseconds(10'000));  // what was raised has settled
  return {};
}

/// The base load rises by a little more than a twentieth of an ampere for each charger, over and over.
Cuts balans_rounds(Field& field, int rounds, std::mt19937& random) {
  Cuts cuts;
  const Milliamps step(static_cast<std::int64_t>(field.plan.chargers) * 200);
  Milliamps base = kBaseAtFirst + Milliamps(10'000);
  for (int round = 0; round < rounds; ++round) {
    base = base + step;
    const Instant begin = steady_clock::now();
    field.hardware->set_base(base);
    if (wait_for(milliseconds(3'000), [&] { return field.hardware->last_cut().has_value(); })) {
      const Instant last = *field.hardware->last_cut();
      cuts.to_first.push_back(ms_between(*field.hardware->replied(), *field.hardware->first_cut()));
      cuts.from_reply.push_back(ms_between(*field.hardware->replied(), last));
      cuts.from_step.push_back(ms_between(begin, last));
    } else {
      ++cuts.incomplete;
      fmt::print(stderr, "round {}: {} of {} cut\n", round, field.hardware->cut(), field.plan.chargers);
    }
    pause(random);
  }
  return cuts;
}

struct Footprint {
  Memory controller, agent;  ///< of the agents the one in the middle
};

Result<Footprint> footprint(const Fleet& fleet) {
  const auto controller = memory_of(fleet.controller());
  std::vector<Memory> agents;
  for (const pid_t agent : fleet.agents())
    if (const auto memory = memory_of(agent)) agents.push_back(*memory);
  if (!controller || agents.empty()) return Error{"memory", "a program has ended"};
  std::sort(agents.begin(), agents.end(),
            [](const Memory& a, const Memory& b) { return a.private_dirty_kb < b.private_dirty_kb; });
  return Footprint{*controller, agents[agents.size() / 2]};
}

struct Cost {
  Footprint bare, balans;
  double processor_percent = 0;  ///< of the controller, of one core
  double first_limit_ms = 0;     ///< from its start, with agents that wait for it
};

Result<double> first_limit(Field& field) {
  field.fleet->stop_controller();
  const std::size_t before = field.fleet->count("trafo.err", "\"limit-sent\"");
  const Instant begin = steady_clock::now();
  if (const auto started = field.fleet->start_controller(); !started) return started.error();
  if (!wait_for(milliseconds(60'000), [&] { return field.fleet->count("trafo.err", "\"limit-sent\"") > before; }))
    return Error{"balans-trafo", "no limit within a minute of its start"};
  return ms_between(begin, steady_clock::now());
}

Result<Cost> cost_of(const Arguments& arguments, std::mt19937& random) {
  auto field = make_field(arguments, "cost", arguments.devices);
  if (!field) return field.error();
  Cost cost;
  if (const auto times = bare_rounds(**field, 10, random); !times) return times.error();
  auto bare = footprint(*(*field)->fleet);
  if (!bare) return bare.error();
  cost.bare = *bare;
  (*field)->fleet->stop_programs();
  if (const auto started = start_balans(**field); !started) return started.error();
  const Fleet& fleet = *(*field)->fleet;
  const auto before = processor_ms(fleet.controller());
  rest(milliseconds(arguments.seconds * 1000));
  const auto after = processor_ms(fleet.controller());
  if (!before || !after) return Error{"balans-trafo", "has ended"};
  cost.processor_percent = static_cast<double>(*after - *before) / (arguments.seconds * 10.0);
  auto balans = footprint(fleet);
  if (!balans) return balans.error();
  cost.balans = *balans;
  const auto first = first_limit(**field);
  if (!first) return first.error();
  cost.first_limit_ms = *first;
  return cost;
}

struct Latency {
  std::vector<double> bare;
  Cuts balans;
};

Result<Latency> latency_of(const Arguments& arguments, std::mt19937& random) {
  auto field = make_field(arguments, "latency", arguments.agents);
  if (!field) return field.error();
  Latency latency;
  for (int half = 0; half < 2; ++half) {  // before and after, so that no change of the machine favours one
    const auto times = bare_rounds(**field, arguments.rounds / 2, random);
    if (!times) return times.error();
    latency.bare.insert(latency.bare.end(), times->begin(), times->end());
    (*field)->fleet->stop_programs();
    if (half == 1) break;
    if (const auto started = start_balans(**field); !started) return started.error();
    latency.balans = balans_rounds(**field, arguments.rounds, random);
    (*field)->fleet->stop_programs();
  }
  return latency;
}

std::string row(const std::string& what, const std::string& balans, const std::string& bare, const std::string& ratio) {
  return fmt::format("| {} | {} | {} | {} |\n", what, balans, bare, ratio);
}

std::string compared(const std::string& what, double balans, double bare, const char* unit) {
  return row(what, fmt::format("{:.4g} {}", balans, unit), fmt::format("{:.4g} {}", bare, unit),
             fmt::format("{:.2f}", balans / bare));
}

double megabytes(std::int64_t kb) { return static_cast<double>(kb) / 1024; }

std::string report(const Arguments& arguments, const Latency& latency, const Cost& cost) {
  const Cuts& cuts = latency.balans;
  std::string text = fmt::format(
      "{} cuts of {} agents, {} of them not complete within 3 s; {} devices for the rest; {} cores.\n\n",
      arguments.rounds, arguments.agents, cuts.incomplete, arguments.devices, std::thread::hardware_concurrency());
  text += "| what | Balans | bare programs | ratio |\n| --- | --- | --- | --- |\n";
  for (const auto& [name, share] : {std::pair{"half of all", 0.5}, std::pair{"99 %", 0.99}})
    text += compared(fmt::format("meter's reply to the last agent's write, {}", name), quantile(cuts.from_reply, share),
                     quantile(latency.bare, share), "ms");
  text += row("meter's reply to the first agent's write, half of all",
              fmt::format("{:.4g} ms", quantile(cuts.to_first, 0.5)), "–", "–");
  text += row("step of the load to the last write, longest", fmt::format("{:.0f} ms", quantile(cuts.from_step, 1)), "–",
              "–");
  text += compared("agent: resident memory", megabytes(cost.balans.agent.resident_kb),
                   megabytes(cost.bare.agent.resident_kb), "MB");
  text += compared("agent: private dirty memory", megabytes(cost.balans.agent.private_dirty_kb),
                   megabytes(cost.bare.agent.private_dirty_kb), "MB");
  text += compared("controller: resident memory", megabytes(cost.balans.controller.resident_kb),
                   megabytes(cost.bare.controller.resident_kb), "MB");
  text += compared("controller: private dirty memory", megabytes(cost.balans.controller.private_dirty_kb),
                   megabytes(cost.bare.controller.private_dirty_kb), "MB");
  text += row("controller: processor time, of one core", fmt::format("{:.2f} %", cost.processor_percent), "–", "–");
  text += row("controller: start to the first limit", fmt::format("{:.0f} ms", cost.first_limit_ms), "–", "–");
  return text;
}

int fail(const Error& error) {
  fmt::print(stderr, "balans_field: {}\n", error.message());
  return 1;
}

int run(const Arguments& arguments) {
  std::mt19937 random(1);
  const auto latency = latency_of(arguments, random);
  if (!latency) return fail(latency.error());
  const auto cost = cost_of(arguments, random);
  if (!cost) return fail(cost.error());
  const std::string text = report(arguments, *latency, *cost);
  fmt::print("{}", text);
  return arguments.page.empty() || write_between_markers(arguments.page, "field", text) ? 0 : 1;
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) {
  CLI::App app("Balans beside bare programs that hold the same links");
  balans::bench::Arguments arguments;
  app.add_option("--agents", arguments.agents, "whose writes are waited for")->check(CLI::Range(1, 240));
  app.add_option("--devices", arguments.devices, "beside which memory and time are measured")
      ->check(CLI::Range(1, 240));
  app.add_option("--rounds", arguments.rounds, "cuts")->check(CLI::Range(2, 120));
  app.add_option("--seconds", arguments.seconds, "of processor time")->check(CLI::Range(5, 3600));
  app.add_option("--source", arguments.source, "of Balans")->required();
  app.add_option("--programs", arguments.programs, "the folder of balans-trafo and the others")->required();
  app.add_option("--folder", arguments.folder, "where the sites are made; must not be there")->required();
  app.add_option("--page", arguments.page, "the page whose table to write anew");
  CLI11_PARSE(app, argc, argv);
  return balans::bench::run(arguments);
}
