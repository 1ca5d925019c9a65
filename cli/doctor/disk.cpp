// Room, wear and health of the disk, as far as the kernel tells.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include "cli/doctor/checks.hpp"

namespace balans::cli {
namespace {

constexpr std::uint64_t kNoRoom = 50'000'000;
constexpr std::uint64_t kLittleRoom = 300'000'000;
constexpr std::uint64_t kManyTimes = 1000;  ///< its own size written: consumer cards take 500 to 3000 times
constexpr int kWornTenths = 9, kWornOutTenths = 11;
constexpr const char* kState = "/var/lib/balans";
constexpr const char* kReplace = "sudo balans backup, then put the system on a new card or an SSD";

std::uint64_t number_of(std::string_view text, int base = 10) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::uint64_t value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

Finding room(const Machine& machine) {
  const char* folder = machine.has(kState) ? kState : "/";
  const auto room = machine.disk_room(machine.at(folder));
  if (!room) return failure("disk: " + room.error().message(), "df -h");
  const std::string text = fmt::format("disk: {} of {} free", shown_size(room->free), shown_size(room->total));
  const char* remedy = "sudo apt-get clean; sudo journalctl --vacuum-size=32M; sudo du -xh / | sort -h | tail";
  if (room->free < kNoRoom) return failure(text, remedy);
  return room->free < kLittleRoom ? warning(text, remedy) : ok(text);
}

struct Mount {
  std::string device, place, options;
};

/// The mount that holds `path`.
Mount mount_of(const Machine& machine, const std::string& path) {
  std::istringstream lines(machine.text("/proc/mounts"));
  Mount best;
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    Mount mount;
    std::string kind;
    words >> mount.device >> mount.place >> kind >> mount.options;
    const bool holds = mount.place == "/" || path == mount.place || path.starts_with(mount.place + "/");
    if (holds && mount.place.size() >= best.place.size()) best = mount;
  }
  return best;
}

std::optional<Finding> writable(const Machine& machine) {
  const Mount mount = mount_of(machine, kState);
  if (mount.place.empty()) return std::nullopt;
  if (mount.options == "ro" || mount.options.starts_with("ro,"))
    return failure(fmt::format("disk: {} is mounted read-only, as after an error", mount.place),
                   "dmesg | grep -iE 'ext4|mmc|I/O error'; then a new card: " + std::string(kReplace));
  if (("," + mount.options + ",").find(",noatime,") == std::string::npos &&
      ("," + mount.options + ",").find(",relatime,") == std::string::npos)
    return warning(fmt::format("disk: {} writes for each read", mount.place),
                   "add noatime to its line in /etc/fstab, then: sudo mount -o remount " + mount.place);
  return ok(fmt::format("disk: {} can be written to", mount.place));
}

/// eMMC: two estimates, in tenths of its life, and what is left of its reserve.
void look_at_emmc(const Machine& machine, const std::string& disk, Findings& findings) {
  const std::string place = "/sys/block/" + disk + "/device/";
  const std::string life = machine.text(place + "life_time");
  if (life.empty()) return;
  const std::size_t space = std::min(life.find(' '), life.size() - 1);
  const auto tenths = static_cast<int>(std::max(number_of(std::string_view(life).substr(0, space), 16),
                                                number_of(std::string_view(life).substr(space + 1), 16)));
  const auto reserve = number_of(machine.text(place + "pre_eol_info"), 16);
  const std::string text = fmt::format("disk: {} has used up to {} % of its life", disk, std::min(tenths * 10, 100));
  if (tenths >= kWornOutTenths || reserve >= 3)
    findings.push_back(failure(text, kReplace));
  else if (tenths >= kWornTenths || reserve == 2)
    findings.push_back(warning(text, kReplace));
  else if (tenths > 0)
    findings.push_back(ok(text));
}

void look_at_card(const Machine& machine, const std::string& disk, Findings& findings) {
  const std::string place = "/sys/block/" + disk + "/device/";
  if (machine.text(place + "type") != "SD") return;
  findings.push_back(ok(fmt::format("disk: {} is a memory card ({}, made {}), which does not tell its wear", disk,
                                    machine.text(place + "name"), machine.text(place + "date"))));
}

/// What ext4 has counted since it was made.
void look_at_ext4(const Machine& machine, const std::string& part, Findings& findings) {
  const std::string place = "/sys/fs/ext4/" + part + "/";
  if (number_of(machine.text(place + "errors_count")) > 0)
    findings.push_back(failure(fmt::format("disk: {} has found errors in itself", part),
                               "sudo touch /forcefsck && sudo reboot; when they come back: " + std::string(kReplace)));
  const std::uint64_t written = number_of(machine.text(place + "lifetime_write_kbytes")) * 1024;
  const std::uint64_t size = number_of(machine.text("/sys/class/block/" + part + "/size")) * 512;
  if (written == 0 || size == 0) return;
  const std::string text =
      fmt::format("disk: {} was written {} times over ({} in all)", part, written / size, shown_size(written));
  findings.push_back(written / size >= kManyTimes ? warning(text, kReplace) : ok(text));
}

}  // namespace

Findings check_disk(const Machine& machine) {
  Findings findings{room(machine)};
  if (auto found = writable(machine)) findings.push_back(*std::move(found));
  for (const std::string& disk : machine.names("/sys/block")) {
    look_at_emmc(machine, disk, findings);
    look_at_card(machine, disk, findings);
  }
  for (const std::string& part : machine.names("/sys/fs/ext4"))
    if (machine.has("/sys/fs/ext4/" + part + "/lifetime_write_kbytes")) look_at_ext4(machine, part, findings);
  return findings;
}

}  // namespace balans::cli
