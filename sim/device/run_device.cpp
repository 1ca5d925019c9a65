#include "sim/device/run_device.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "common/io/runtime/mailbox.hpp"
#include "common/io/runtime/stop_signals.hpp"
#include "sim/data/local_time.hpp"
#include "sim/street/lines.hpp"

namespace balans::sim {
namespace {

constexpr std::size_t kMaxWaitingCommands = 1000;

std::string amps(Milliamps current) { return fmt::format("{:.1f}", static_cast<double>(current.count()) / 1000); }

void answer(std::int64_t line, const Result<void>& result) {
  boost::json::object json{{"line", line}, {"ok", result.ok()}};
  if (!result) json["error"] = result.error().message();
  std::puts(boost::json::serialize(json).c_str());
  std::fflush(stdout);
}

void obey(ServedDevice& served, const std::string& line, std::int64_t number) {
  const Result<DeviceCommand> command = parse_device_command(line);
  answer(number, command ? served.apply(*command) : Result<void>(command.error()));
}

std::string status_line(const ModelledDevice& device, int socket, LocalTime now) {
  if (device.is_off()) return fmt::format("{} socket {}: starts again\n", to_text(now), socket);
  const DeviceTruth& truth = device.truth();
  const Sample& measured = device.measured();
  std::string text = fmt::format("{} socket {}: {} {} {} A, {} W", to_text(now), socket, amps(truth.current[Phase::L1]),
                                 amps(truth.current[Phase::L2]), amps(truth.current[Phase::L3]),
                                 measured.total_power ? measured.total_power->count() : 0);
  if (device.description().control) text += fmt::format(", may draw {} A", amps(truth.allowed));
  if (truth.may_feed > Milliamps(0)) text += fmt::format(", may feed in {} A", amps(truth.may_feed));
  if (measured.vehicle) text += fmt::format(", state {}", name_of(*measured.vehicle));
  if (measured.state_of_charge) text += fmt::format(", {} % full", measured.state_of_charge->count() / 10);
  if (truth.fallen_back) text += ", fallen back: nobody spoke to it in time";
  if (!device.show_problem().empty()) text += ", cannot show " + device.show_problem();
  return text + "\n";
}

void tell_status(ServedDevice& served, LocalTime now) {
  const std::string text = served.locked([&](const auto& devices) {
    std::string lines;
    for (std::size_t i = 0; i < devices.size(); ++i) lines += status_line(*devices[i], static_cast<int>(i) + 1, now);
    return lines;
  });
  std::fputs(text.c_str(), stderr);
}

void tell_write(std::uint8_t unit, WriteFunction function, std::uint16_t address,
                std::span<const std::uint16_t> words) {
  std::string values;
  for (std::uint16_t word : words) values += fmt::format(" {}", word);
  std::fputs(
      fmt::format("unit {} function {} register {}:{}\n", unit, static_cast<int>(function), address, values).c_str(),
      stderr);
}

void tell_place(const RunDeviceOptions& options, const ServedDevice& served) {
  const DeviceDescription& device = options.sockets.front().description;
  std::string how;
  if (std::holds_alternative<OverPty>(options.over))
    how = device.serial && device.serial->framing == Framing::Ascii ? ", Modbus ASCII" : ", Modbus RTU";
  std::puts(fmt::format("{} ({} {}) at {}, unit {}{}", device.name, device.vendor, device.model, served.place(),
                        device.unit.value_or(1), how)
                .c_str());
  std::fflush(stdout);
}

void loop(ServedDevice& served, Mailbox<std::string>& mailbox, const RunDeviceOptions& options, const Clock& clock) {
  std::int64_t commands = 0;
  const BootTime begin = clock.boot();
  for (Millis second; !mailbox.stopped();) {
    const BootTime due = begin + second;
    for (const std::string& line : mailbox.wait_until(clock, due)) obey(served, line, ++commands);
    for (; !mailbox.stopped() && clock.boot() >= begin + second; second += 1_s) {
      const LocalTime now = options.start + second;
      served.step(now, 1_s);
      if (options.status_every && second % *options.status_every == Millis()) tell_status(served, now);
    }
  }
}

}  // namespace

Result<void> run_device(const RunDeviceOptions& options, const Clock& clock) {
  Mailbox<std::string> mailbox(kMaxWaitingCommands);
  const StopSignals signals([&] { mailbox.stop(); });
  auto served =
      ServedDevice::start(options.sockets, options.over, options.tells_writes ? tell_write : ServedDevice::WriteHook());
  if (!served) return served.error();
  for (int socket = 1; options.car && socket <= static_cast<int>(options.sockets.size()); ++socket)
    if (auto plugged = (*served)->apply({socket, *options.car}); !plugged) return plugged;
  tell_place(options, **served);
  const InputLines input(STDIN_FILENO, [&](std::string line) { mailbox.push(std::move(line)); });
  loop(**served, mailbox, options, clock);
  return {};
}

}  // namespace balans::sim
