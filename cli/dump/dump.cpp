#include "cli/dump/dump.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "cli/doctor/checks.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 2000;
constexpr std::size_t kMostOfAFile = std::size_t{256} * 1024;

void add_section(std::string& dump, const std::string& title, const std::string& text) {
  dump += "\n== " + title + " ==\n" + text;
  if (!text.empty() && text.back() != '\n') dump += '\n';
}

std::string content_of(const fs::path& file) {
  const auto text = read_small_file(file, kMostOfAFile);
  return text ? *text : text.error().message();
}

/// The config files of the machine, those of programs that do not run too.
std::vector<fs::path> configs_of(const Machine& machine) {
  std::vector<fs::path> files;
  for (const char* name : {"/etc/balans/site.yaml", "/etc/balans/api.yaml"})
    if (machine.has(name)) files.push_back(machine.at(name));
  for (const std::string& name : machine.names("/etc/balans/agents"))
    if (name.ends_with(".yaml")) files.push_back(machine.at("/etc/balans/agents") / name);
  return files;
}

/// Names and sizes; what a key file holds is its own business.
std::string listing_of(const Machine& machine, const fs::path& tree) {
  std::string text;
  std::error_code problem;
  std::vector<fs::path> paths;
  for (fs::recursive_directory_iterator it(machine.at(tree), problem), end; !problem && it != end;
       it.increment(problem))
    if (paths.size() < kMostFiles) paths.push_back(it->path());
  std::ranges::sort(paths);
  for (const fs::path& path : paths) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) continue;
    text +=
        fmt::format("{:06o} {:>5} {:>5} {:>12} {} {}\n", status.st_mode, status.st_uid, status.st_gid, status.st_size,
                    status.st_mtim.tv_sec, (tree / path.lexically_relative(machine.at(tree))).string());
  }
  return problem ? text + problem.message() + "\n" : text;
}

std::string versions_of(const Machine& machine) {
  std::string text = "balans " + machine.version + "\n";
  const auto add = [&](const std::vector<std::string>& command) {
    const CommandOutcome outcome = machine.run(command);
    text += outcome.exit_code == 127 ? command.front() + ": not here\n" : outcome.text + "\n";
  };
  text += machine.text("/etc/os-release") + "\n";
  add({"uname", "-srvm"});
  add({"uptime", "-p"});
  add({"dpkg-query", "-W", "-f", "${binary:Package} ${Version} ${db:Status-Abbrev}\n", "balans*", "mosquitto*",
       "systemd", "libc6", "libpaho-mqtt*", "libmodbus*", "libsqlite3-0", "libssl3*"});
  return text;
}

PrivateWords words_of(const Machine& machine, const Services& services) {
  PrivateWords words;
  for (const fs::path& file : configs_of(machine)) add_private_words(content_of(file), words);
  for (const Service& service : services)
    if (service.part == Part::Agent) add_private_word(service.name, "agent", words);
  add_private_word(machine.text("/etc/hostname"), "machine", words);
  return words;
}

/// What the site alone knows; a machine without a site has a number of its own.
std::string salt_of(const Machine& machine) {
  for (const fs::path& file : configs_of(machine))
    if (std::string deployment = yaml_value(content_of(file), "deployment"); !deployment.empty()) return deployment;
  return machine.text("/etc/machine-id");
}

void add_configs(const Machine& machine, const Hidden& hidden, std::string& dump) {
  for (const fs::path& file : configs_of(machine)) {
    const std::string text = content_of(file);
    add_section(dump, file.string(), hidden.names() == Names::Hidden ? without_comments(text) : text);
  }
  const fs::path broker = machine.at("/etc/balans/broker/mosquitto.conf");
  if (machine.has(broker)) add_section(dump, broker.string(), content_of(broker));
}

void add_services(const Machine& machine, const Services& services, std::string& dump) {
  for (const Service& service : services) {
    if (service.status_file && machine.has(*service.status_file))
      add_section(dump, service.status_file->string(), content_of(*service.status_file));
    add_section(dump, "events of " + service.unit,
                machine.run({"journalctl", "-q", "-u", service.unit, "-n", "200", "--no-pager", "-o", "cat"}).text);
  }
  add_section(dump, "events of mosquitto.service",
              machine.run({"journalctl", "-q", "-u", "mosquitto.service", "-n", "50", "--no-pager", "-o", "cat"}).text);
  add_section(
      dump, "units",
      machine.run({"systemctl", "--no-pager", "--no-legend", "list-units", "--all", "balans*", "mosquitto*"}).text);
}

}  // namespace

std::string dump_text(const Machine& machine, Names names) {
  const Services services = services_of(machine);
  const Hidden hidden(salt_of(machine), words_of(machine, services), names);
  std::string dump = "balans dump: keys and passwords are left out";
  dump += names == Names::Hidden ? ", names and addresses stand as tokens\n" : "\n";
  add_section(dump, "versions", versions_of(machine));
  add_section(dump, "doctor", findings_text(examine(machine)));
  add_configs(machine, hidden, dump);
  for (const char* tree : {"/etc/balans", "/var/lib/balans", "/run/balans", "/dev/balans"})
    if (machine.has(tree)) add_section(dump, std::string("files below ") + tree, listing_of(machine, tree));
  add_services(machine, services, dump);
  return hidden(dump);
}

}  // namespace balans::cli
