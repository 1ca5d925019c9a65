#include "sim/street/run.hpp"

#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/mailbox.hpp"
#include "common/io/runtime/stop_signals.hpp"
#include "sim/street/lines.hpp"
#include "sim/street/street.hpp"

namespace balans::sim {
namespace {

constexpr std::size_t kMaxWaitingCommands = 1000;

void answer(std::int64_t line, const Result<void>& result) {
  boost::json::object json{{"line", line}, {"ok", result.ok()}};
  if (!result) json["error"] = result.error().message();
  std::puts(boost::json::serialize(json).c_str());
  std::fflush(stdout);
}

void obey(Street& street, const std::string& line, std::int64_t number) {
  const Result<Command> command = parse_command(line);
  answer(number, command ? street.apply(*command) : Result<void>(command.error()));
}

/// Seconds since the run's start, rounded up; negative before it.
std::int64_t next_second(LocalTime now, LocalTime start) {
  const std::int64_t ms = (now - start).count();
  return ms <= 0 ? -(-ms / 1000) : (ms + 999) / 1000;
}

/// Steps the street along the clock and gives the number of missed ticks.
std::int64_t loop(Street& street, Mailbox<std::string>& mailbox, const StreetOptions& options, const Clock& clock,
                  const StreetTime& time) {
  std::int64_t missed = 0;
  std::int64_t commands = 0;
  std::int64_t second = next_second(time.local_at(clock.boot()), options.start);
  const auto is_over = [&] { return options.minutes && second > *options.minutes * 60; };
  while (!mailbox.stopped() && !is_over()) {
    const auto due_at = [&] { return time.boot_at(options.start + Millis(second * 1000)); };
    for (const std::string& line : mailbox.wait_until(clock, due_at())) obey(street, line, ++commands);
    for (std::int64_t late = 0; !mailbox.stopped() && !is_over() && clock.boot() >= due_at(); ++late) {
      street.second(options.start + Millis(second * 1000));
      if (late > 0 && second > 0) ++missed;
      ++second;
    }
  }
  return missed;
}

}  // namespace

Result<boost::json::object> run_paced(StreetSetup setup, const StreetOptions& options, const Clock& clock,
                                      const StreetTime& time, std::int64_t speed, const PacedFiles& files) {
  Mailbox<std::string> mailbox(kMaxWaitingCommands);
  const StopSignals signals([&] { mailbox.stop(); });
  const Sources sources = setup.sources;
  Result<std::unique_ptr<Street>> street = Street::start(std::move(setup), options.rating, files.truth);
  if (!street) return street.error();
  if (files.ports) {
    const Result<void> written = replace_file(*files.ports, (*street)->ports_json(), FileMode::Readable);
    if (!written) return written.error();
  }
  const InputLines input(STDIN_FILENO, [&](std::string line) { mailbox.push(std::move(line)); });
  const std::int64_t missed = loop(**street, mailbox, options, clock, time);
  return summary_json((*street)->sums(), {options.policy, options.rating, options.start, speed, missed, sources});
}

boost::json::object run_unpaced(StreetSetup setup, const StreetOptions& options) {
  BALANS_CHECK(options.policy == Policy::Uncontrolled && options.minutes);
  const Sources sources = setup.sources;
  World world(std::move(setup.world));
  Ledger ledger(world, options.rating);
  const std::vector<Orders> none(world.devices().size());
  for (std::int64_t second = 1; second <= *options.minutes * 60; ++second) {
    world.step(options.start + Millis(second * 1000), 1_s, none);
    ledger.add(world);
  }
  return summary_json(ledger.sums(world), {options.policy, options.rating, options.start, 0, 0, sources});
}

}  // namespace balans::sim
