// docs/watchdogs.md is made from the device files. BALANS_WRITE_DOCS=1 writes it anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "common/io/device_file/device_file.hpp"

namespace balans {
namespace {

const char* const kDoc = "docs/watchdogs.md";
const char* const kHead =
    "# Chargers without a watchdog\n\n"
    "Made from `config/devices` by `tests/chargepoint/shell/watchdog_list_test.cpp`; `BALANS_WRITE_DOCS=1` writes it "
    "anew.\n\n"
    "When their agent is silent these chargers do not come down by themselves, or nobody knows to what. `revert_s` is "
    "`none`. Each needs a normally-open\n"
    "contactor in its supply (`contactor:` in agent.yaml), or its full size is booked for as long as its agent is "
    "silent; where it may go up by itself,\n"
    "its full size is always booked (`device_fallback_a`). A file that leaves the watchdog out because nothing is "
    "known "
    "of one counts as none.\n\n"
    "| file | device | when its agent is silent |\n| --- | --- | --- |\n";

/// Empty for one that comes down by itself.
std::string when_silent(const Control& control) {
  if (!control.watchdog) return "keeps its last setpoint";
  if (control.watchdog->fallback == Fallback::Unlimited) return "lifts the limit";
  if (control.watchdog->fallback == Fallback::Unknown) return "falls back to something unknown";
  return "";
}

std::string list_of_chargers() {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator("config/devices/chargers"))
    if (entry.path().extension() == ".yaml") files.insert(entry.path());
  std::ostringstream text;
  text << kHead;
  for (const auto& path : files) {
    const Result<DeviceDescription> device = load_device(path);
    EXPECT_TRUE(device) << device.error().message();
    if (!device || !device->control) continue;
    if (const std::string what = when_silent(*device->control); !what.empty())
      text << "| `" << device->name << "` | " << device->vendor << " " << device->model << " | " << what << " |\n";
  }
  return text.str();
}

TEST(WatchdogList, NamesEveryChargerThatDoesNotComeDownByItself) {
  const std::string list = list_of_chargers();
  if (std::getenv("BALANS_WRITE_DOCS") != nullptr) std::ofstream(kDoc) << list;
  std::ifstream doc(kDoc);
  std::stringstream written;
  written << doc.rdbuf();
  EXPECT_EQ(written.str(), list) << "BALANS_WRITE_DOCS=1 writes it anew";
}

}  // namespace
}  // namespace balans
