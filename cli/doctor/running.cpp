// Services, their versions, and whether what runs is what is installed.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "cli/doctor/checks.hpp"

namespace balans::cli {
namespace {

constexpr int kManyRestarts = 3;

std::string property(const Machine& machine, const std::string& unit, const std::string& name) {
  return machine.run({"systemctl", "show", "--value", "--property=" + name, unit}).text;
}

int number_of(const std::string& text) {
  int value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Finding activity(const Machine& machine, const std::string& unit) {
  const std::string state = machine.run({"systemctl", "is-active", unit}).text;
  const std::string look = fmt::format("journalctl -u {} -n 30 --no-pager", unit);
  if (state == "active") {
    const int restarts = number_of(property(machine, unit, "NRestarts"));
    if (restarts < kManyRestarts) return ok(unit + ": active");
    return warning(fmt::format("{}: active, and was started again {} times", unit, restarts), look);
  }
  if (state == "failed") return failure(unit + ": failed", look);
  if (state == "activating" || state == "reloading") return warning(fmt::format("{}: {}", unit, state), look);
  return failure(fmt::format("{}: {}", unit, state.empty() ? "not known to systemd" : state),
                 "sudo systemctl enable --now " + unit);
}

void look_at_unit(const Machine& machine, const std::string& unit, Findings& findings) {
  findings.push_back(activity(machine, unit));
  const std::string enabled = machine.run({"systemctl", "is-enabled", unit}).text;
  if (enabled == "disabled")
    findings.push_back(warning(unit + ": is not started when the machine starts", "sudo systemctl enable " + unit));
  if (enabled == "masked")
    findings.push_back(failure(unit + ": is masked, so nothing starts it", "sudo systemctl unmask " + unit));
}

/// What the program thinks of the configuration that it would start with next.
Finding next_start(const Machine& machine, const Service& service) {
  const auto checked = machine.run({service.program, "--check", "--config", service.config.string()});
  if (checked.exit_code == 0) return ok(fmt::format("{}: its configuration is accepted", service.name));
  const std::string command = fmt::format("sudo {} --check --config {}", service.program, service.config.string());
  if (checked.exit_code == 127)
    return failure(fmt::format("{}: {} is not installed", service.name, service.program),
                   "sudo apt-get install " + service.program);
  return failure(fmt::format("{}: its configuration would be refused at the next start", service.name), command);
}

/// Upgraded on the disk, and still the old one in memory.
std::optional<Finding> runs_old_program(const Machine& machine, const Service& service) {
  const std::string pid = property(machine, service.unit, "MainPID");
  if (number_of(pid) <= 0) return std::nullopt;
  std::error_code failed;
  const auto program = std::filesystem::read_symlink(machine.at("/proc/" + pid + "/exe"), failed);
  if (failed || !program.string().ends_with(" (deleted)")) return std::nullopt;
  return warning(service.unit + ": runs an older program than the one that is installed",
                 "sudo systemctl restart " + service.unit);
}

Finding version_of_program(const Machine& machine, const std::string& program) {
  const auto said = machine.run({program, "--version"});
  if (said.exit_code != 0)
    return failure(program + ": does not tell its version", "sudo apt-get install --reinstall " + program);
  if (said.text == machine.version || said.text.ends_with(" " + machine.version))
    return ok(fmt::format("{}: version {}", program, machine.version));
  return failure(fmt::format("{}: version {}, and balans is {}", program, said.text, machine.version),
                 fmt::format("sudo apt-get install --only-upgrade balans {}", program));
}

/// All of Balans' packages are made together.
std::optional<Finding> packages(const Machine& machine) {
  const auto listed = machine.run({"dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n", "balans",
                                   "balans-trafo", "balans-chargepoint", "balans-api"});
  std::set<std::string> versions;
  std::string text;
  std::size_t begin = 0;
  while (begin < listed.text.size()) {
    const std::size_t end = std::min(listed.text.find('\n', begin), listed.text.size());
    const std::string line = listed.text.substr(begin, end - begin);
    begin = end + 1;
    constexpr std::string_view kInstalled = "installed ";
    if (!line.starts_with(kInstalled)) continue;
    text += (text.empty() ? "" : ", ") + line.substr(kInstalled.size());
    versions.insert(line.substr(line.rfind(' ') + 1));
  }
  if (versions.empty()) return std::nullopt;
  if (versions.size() == 1) return ok("packages: " + text);
  return failure("packages: of different versions: " + text, "sudo ./install.sh (of the newest packages)");
}

}  // namespace

Findings check_services(const Machine& machine, const Services& services) {
  Findings findings;
  if (services.empty()) return findings;
  if (!machine.has_systemd()) {
    findings.push_back(warning("services: no systemd runs here, so nobody can be asked about them",
                               "look for them with: ps -C balans-trafo,balans-chargepoint,balans-api"));
  } else {
    for (const Service& service : services) {
      if (service.part == Part::Trafo) look_at_unit(machine, "mosquitto.service", findings);
      look_at_unit(machine, service.unit, findings);
      if (auto old = runs_old_program(machine, service)) findings.push_back(*std::move(old));
    }
  }
  if (machine.root == "/")
    for (const Service& service : services) findings.push_back(next_start(machine, service));
  return findings;
}

Findings check_versions(const Machine& machine, const Services& services) {
  Findings findings;
  std::set<std::string> programs;
  for (const Service& service : services) programs.insert(service.program);
  if (machine.root == "/")
    for (const std::string& program : programs) findings.push_back(version_of_program(machine, program));
  if (auto found = packages(machine)) findings.push_back(*std::move(found));
  return findings;
}

}  // namespace balans::cli
