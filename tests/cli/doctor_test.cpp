// What `balans doctor` finds on a machine that is made of real files, keys, certificates, databases and a real broker.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "cli/ca.hpp"
#include "cli/doctor/checks.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/device_file/device_file.hpp"
#include "common/io/outbox/outbox.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/messages.hpp"
#include "sim/street/virtual_device.hpp"
#include "tests/support/mosquitto.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

auto finds(Grade grade, const std::string& what, const std::string& remedy = "") {
  return Contains(AllOf(Field(&Finding::grade, grade), Field(&Finding::what, HasSubstr(what)),
                        Field(&Finding::remedy, HasSubstr(remedy))));
}

class Doctor : public testing::Test {
 protected:
  Doctor() {
    machine_.root = root_.path();
    machine_.version = "1.2.3";
    machine_.run = [this](const std::vector<std::string>& words) {
      std::string line;
      for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
      const auto known = commands_.find(line);
      return known == commands_.end() ? CommandOutcome{} : known->second;
    };
    machine_.now = [this] { return now_; };
    machine_.synchronised = [this] { return synchronised_; };
    machine_.disk_room = [this](const std::filesystem::path&) { return Result<DiskRoom>(room_); };
    machine_.is_root = [] { return true; };
  }
  void put(const std::string& path, const std::string& text) {
    const auto file = machine_.at(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void says(const std::string& command, const std::string& text) { commands_[command] = {0, text}; }
  Services services() { return services_of(machine_); }

  /// A controller with its configuration, keys, authority and certificates.
  void install(int broker_port = 8883, const std::string& more = "") {
    put("/etc/balans/site.yaml",
        "site: elm-street\nkeys: { trafo: keys/trafo.key, site: keys/site.key }\nbroker: { host: "
        "127.0.0.1, port: " +
            std::to_string(broker_port) +
            ", tls: { ca: tls/ca.crt, cert: tls/trafo.crt, key: tls/trafo.key } }\nstate_dir: "
            "/var/lib/balans/trafo\nstatus_file: /run/balans/trafo.json\n" +
            more);
    std::filesystem::create_directories(machine_.at("/etc/balans/keys"));
    std::filesystem::create_directories(machine_.at("/var/lib/balans/trafo"));
    for (const char* key : {"trafo.key", "site.key"})
      ASSERT_TRUE(create_key_file(machine_.at("/etc/balans/keys") / key));
    places_.ca = machine_.at("/etc/balans/ca");
    places_.broker = machine_.at("/etc/balans/broker");
    places_.tls = machine_.at("/etc/balans/tls");
    places_.site = machine_.at("/etc/balans/site.yaml");
    places_.run = [](const std::string&) { return 0; };
    places_.now = [this] { return now_; };
    ASSERT_TRUE(ca_init(places_, "elm-street"));
    ASSERT_TRUE(ca_issue(places_, {"broker", {"127.0.0.1"}, {}, {}}));
    ASSERT_TRUE(ca_issue(places_, {"trafo", {}, {}, {}}));
  }
  void put_state(const TrafoState& state) {
    put("/run/balans/trafo.json", encode(state));
    now_ = SystemClock().utc();
  }
  static TrafoState state() {
    TrafoState state;
    state.site = *SiteId::parse("elm-street");
    state.meters.push_back({"transformer", "", MeterQuality::Good, "", 300});
    return state;
  }

  balans::test::TempFolder root_;
  Machine machine_;
  CaPlaces places_;
  std::map<std::string, CommandOutcome> commands_;
  UnixTime now_{1'790'000'000'000};
  bool synchronised_ = true;
  DiskRoom room_{5'000'000'000, 30'000'000'000};
};

// ---- findings ----

TEST_F(Doctor, OnlyAFailureFails) {
  const Findings warned{ok("a"), warning("b", "do b")};
  EXPECT_EQ(exit_code_of(warned), 0);
  EXPECT_EQ(findings_text(warned), "ok       a\nwarning  b\n         -> do b\n1 ok, 1 warning, 0 failures\n");
  EXPECT_EQ(findings_json({failure("c \"d\"", "e")}),
            R"({"findings":[{"grade":"failure","what":"c \"d\"","remedy":"e"}],"worst":"failure"})"
            "\n");
  EXPECT_EQ(exit_code_of({failure("c", "e")}), 1);
}

TEST_F(Doctor, AMachineWithoutConfigurationIsToldToMakeOne) {
  EXPECT_THAT(examine(machine_), finds(Grade::Failure, "none in /etc/balans", "balans init"));
}

// ---- services and versions ----

TEST_F(Doctor, SaysWhichServiceFailedAndWhichIsNotEnabled) {
  install();
  put("/run/systemd/system/x", "");
  says("systemctl is-active mosquitto.service", "active");
  says("systemctl is-active balans-trafo.service", "failed");
  says("systemctl is-enabled balans-trafo.service", "disabled");
  const Findings found = check_services(machine_, services());
  EXPECT_THAT(found, finds(Grade::Ok, "mosquitto.service: active"));
  EXPECT_THAT(found, finds(Grade::Failure, "balans-trafo.service: failed", "journalctl -u balans-trafo.service"));
  EXPECT_THAT(found, finds(Grade::Warning, "not started when", "systemctl enable balans-trafo.service"));
}

TEST_F(Doctor, AServiceThatStartsAgainAndAgainIsNotFine) {
  install();
  put("/run/systemd/system/x", "");
  says("systemctl is-active balans-trafo.service", "active");
  says("systemctl show --value --property=NRestarts balans-trafo.service", "12");
  says("systemctl show --value --property=MainPID balans-trafo.service", "77");
  std::filesystem::create_directories(machine_.at("/proc/77"));
  std::filesystem::create_symlink("/usr/bin/balans-trafo (deleted)", machine_.at("/proc/77/exe"));
  const Findings found = check_services(machine_, services());
  EXPECT_THAT(found, finds(Grade::Warning, "was started again 12 times"));
  EXPECT_THAT(found, finds(Grade::Warning, "older program than the one that is installed", "systemctl restart"));
}

TEST_F(Doctor, SaysWhenThereIsNobodyToAskAboutServices) {
  install();
  EXPECT_THAT(check_services(machine_, services()), finds(Grade::Warning, "no systemd"));
}

TEST_F(Doctor, PackagesOfDifferentVersionsAreAFailure) {
  const std::string list =
      "dpkg-query -W -f ${db:Status-Status} ${Package} ${Version}\n balans balans-trafo balans-chargepoint balans-api";
  says(list, "installed balans 1.2.3-1\ninstalled balans-trafo 1.2.3-1\nnot-installed balans-api ");
  EXPECT_THAT(check_versions(machine_, {}), Each(Field(&Finding::grade, Grade::Ok)));
  says(list, "installed balans 1.2.3-1\ninstalled balans-trafo 1.2.2-1");
  EXPECT_THAT(check_versions(machine_, {}), finds(Grade::Failure, "of different versions"));
}

// ---- clock, disk, hardware ----

TEST_F(Doctor, AClockThatNobodySetsIsAWarningAndOneInThePastAFailure) {
  put("/sys/class/rtc/rtc0/name", "rtc-ds1307\n");
  EXPECT_THAT(check_clock(machine_), Each(Field(&Finding::grade, Grade::Ok)));
  synchronised_ = false;
  now_ = UnixTime(1'000'000'000'000);
  std::filesystem::remove_all(machine_.at("/sys"));
  const Findings found = check_clock(machine_);
  EXPECT_THAT(found, finds(Grade::Failure, "wrong by years", "date --set"));
  EXPECT_THAT(found, finds(Grade::Warning, "nothing sets it", "set-ntp true"));
  EXPECT_THAT(found, finds(Grade::Warning, "after a power cut", "fake-hwclock"));
}

TEST_F(Doctor, ADiskThatIsFullReadOnlyOrWornIsAFailure) {
  put("/proc/mounts", "/dev/root / ext4 rw,noatime 0 0\n");
  EXPECT_THAT(check_disk(machine_), Each(Field(&Finding::grade, Grade::Ok)));
  room_.free = 10'000'000;
  put("/proc/mounts", "/dev/root / ext4 rw,noatime 0 0\n/dev/mmcblk0p3 /var ext4 ro,noatime 0 0\n");
  put("/sys/block/mmcblk0/device/life_time", "0x02 0x0b\n");
  put("/sys/fs/ext4/mmcblk0p3/lifetime_write_kbytes", "60000000000\n");
  put("/sys/fs/ext4/mmcblk0p3/errors_count", "2\n");
  put("/sys/class/block/mmcblk0p3/size", "60000000\n");
  const Findings found = check_disk(machine_);
  EXPECT_THAT(found, finds(Grade::Failure, "10 MB of 30 GB free", "vacuum-size"));
  EXPECT_THAT(found, finds(Grade::Failure, "/var is mounted read-only"));
  EXPECT_THAT(found, finds(Grade::Failure, "mmcblk0 has used up to 100 % of its life", "balans backup"));
  EXPECT_THAT(found, finds(Grade::Warning, "mmcblk0p3 was written 2000 times over"));
  EXPECT_THAT(found, finds(Grade::Failure, "found errors in itself"));
}

TEST_F(Doctor, AHotPiWithAWeakSupplyAndAnUnusedWatchdogIsTold) {
  put("/proc/meminfo", "MemTotal: 1000000 kB\nMemFree: 1 kB\nMemAvailable: 50000 kB\n");
  put("/sys/class/thermal/thermal_zone0/temp", "84512\n");
  put("/sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n");
  put("/sys/class/watchdog/watchdog0/identity", "Broadcom BCM2835 Watchdog timer\n");
  says("systemctl show --value --property=RuntimeWatchdogUSec", "0");
  const Findings found = check_hardware(machine_);
  EXPECT_THAT(found, finds(Grade::Warning, "48 MB of 976 MB"));
  EXPECT_THAT(found, finds(Grade::Failure, "84 °C"));
  EXPECT_THAT(found, finds(Grade::Failure, "less than 4.63 V now", "5.1 V"));
  EXPECT_THAT(found, finds(Grade::Warning, "nobody uses it", "hardware-watchdog.conf"));
}

TEST_F(Doctor, WhatAMachineDoesNotHaveIsNotSpokenOf) { EXPECT_THAT(check_hardware(machine_), IsEmpty()); }

// ---- keys and certificates ----

TEST_F(Doctor, AKeyThatOthersMayReadIsAFailure) {
  install();
  ASSERT_EQ(::chmod(machine_.at("/etc/balans/keys/site.key").c_str(), 0644), 0);
  std::filesystem::remove(machine_.at("/etc/balans/keys/trafo.key"));
  const Findings found = check_keys(machine_, services());
  EXPECT_THAT(found, finds(Grade::Failure, "others may read it (mode 0644)", "chmod 600"));
  EXPECT_THAT(found, finds(Grade::Failure, "trafo.key: No such file"));
}

TEST_F(Doctor, AConfigurationThatAnybodyCanChangeIsAFailure) {
  install();
  EXPECT_THAT(check_keys(machine_, services()), Each(Field(&Finding::grade, Grade::Ok)));
  ASSERT_EQ(::chmod(machine_.at("/etc/balans/site.yaml").c_str(), 0666), 0);
  EXPECT_THAT(check_keys(machine_, services()),
              finds(Grade::Failure, "site.yaml: mode 0666, so anybody can change it", "chmod 640"));
}

TEST_F(Doctor, ACertificateIsWarnedOfInItsLastThirdAndFailsAtItsEnd) {
  install();
  const std::int64_t year = 365LL * 86'400'000;
  const UnixTime issued = now_;
  EXPECT_THAT(check_certificates(machine_, services()), Each(Field(&Finding::grade, Grade::Ok)));
  EXPECT_THAT(check_certificates(machine_, services()), finds(Grade::Ok, "certificate of trafo: 5475 days left"));
  now_ = issued + Millis(11 * year);
  EXPECT_THAT(check_certificates(machine_, services()), finds(Grade::Warning, "less than a third", "balans ca renew"));
  now_ = issued + Millis(16 * year);
  EXPECT_THAT(check_certificates(machine_, services()), finds(Grade::Failure, "trafo: has ended", "balans ca renew"));
}

TEST_F(Doctor, ACertificateThatWasTakenBackOrIsOfAnotherSiteIsAFailure) {
  install();
  {
    auto authority = pki::Authority::open(places_.ca);
    ASSERT_TRUE(authority && authority->revoke("trafo", now_));
  }
  const Findings revoked = check_certificates(machine_, services());
  EXPECT_THAT(revoked, finds(Grade::Failure, "certificate of trafo: was taken back", "balans ca issue trafo"));
  EXPECT_THAT(revoked, finds(Grade::Failure, "list of revoked certificates is not the newest", "restart mosquitto"));
  std::filesystem::remove_all(places_.ca);
  ASSERT_TRUE(ca_init(places_, "elm-street"));
  EXPECT_THAT(check_certificates(machine_, services()), finds(Grade::Failure, "not of this site's authority"));
}

// ---- broker ----

TEST_F(Doctor, GreetsTheBrokerWithTheServicesOwnCertificate) {
  if (!balans::test::Mosquitto::available()) GTEST_SKIP() << "needs mosquitto";
  now_ = SystemClock().utc();  // the broker has no other clock
  install();
  const auto folder = places_.broker.string();
  balans::test::Mosquitto broker({"cafile " + folder + "/ca.crt", "certfile " + folder + "/broker.crt",
                                  "keyfile " + folder + "/broker.key", "crlfile " + folder + "/ca.crl",
                                  "require_certificate true", "use_identity_as_username true",
                                  "allow_anonymous false"});
  Services all = services();
  all.front().broker->port = broker.port();
  EXPECT_THAT(check_broker(machine_, all), finds(Grade::Ok, "answers and takes its certificate")) << broker.log();
  ASSERT_TRUE(ca_revoke(places_, "trafo"));
  broker.kill();
  broker.start();
  EXPECT_THAT(check_broker(machine_, all), finds(Grade::Failure, "as trafo: ", "balans ca list")) << broker.log();
  broker.kill();
  EXPECT_THAT(check_broker(machine_, all), finds(Grade::Failure, "as trafo: ", "systemctl status mosquitto"));
}

// ---- states ----

TEST_F(Doctor, PassesOnWhatTheControllerSeesOfMetersAndDevices) {
  install();
  TrafoState seen = state();
  seen.meters.push_back({"feeder-1", "feeder-1", MeterQuality::Stale, "no answer for 40 s", 40'000});
  DeviceState silent, faulty;
  silent.agent = *AgentId::parse("charger-1");
  silent.silent = true;
  faulty.agent = *AgentId::parse("charger-2");
  faulty.fault = "the device does not answer";
  seen.devices = {silent, faulty};
  seen.alarms = {"limits file: bad"};
  put_state(seen);
  const Findings found = check_states(machine_, services());
  EXPECT_THAT(found, finds(Grade::Ok, "meter transformer: good"));
  EXPECT_THAT(found, finds(Grade::Failure, "meter feeder-1: stale, no answer for 40 s", "wiring"));
  EXPECT_THAT(found, finds(Grade::Failure, "device charger-1: its agent is not heard", "balans-chargepoint@charger-1"));
  EXPECT_THAT(found, finds(Grade::Failure, "device charger-2: the device does not answer"));
  EXPECT_THAT(found, finds(Grade::Warning, "limits file: bad"));
}

TEST_F(Doctor, AStatusThatIsOldIsThatOfADeadProgram) {
  install();
  put_state(state());
  now_ = now_ + 10 * 60'000_ms;
  put("/run/systemd/system/x", "");
  says("systemctl is-active balans-trafo.service", "active");
  EXPECT_THAT(check_states(machine_, services()), finds(Grade::Failure, "status is 10 min old", "systemctl restart"));
}

TEST_F(Doctor, ReadsTheMeterItselfWhereNobodyElseDoes) {
  auto meter = sim::VirtualDevice::start(*load_device("config/devices", "meters/eastron_sdm630"), 3, std::nullopt);
  ASSERT_TRUE(meter);
  install(8883, "devices_dir: " + std::filesystem::absolute("config/devices").string() +
                    "\nmeter: { device: meters/eastron_sdm630, tcp: { host: 127.0.0.1, port: " +
                    std::to_string((*meter)->port()) + " } }\n");
  std::filesystem::create_directories(machine_.at(std::filesystem::absolute("config")));
  std::filesystem::create_directory_symlink(std::filesystem::absolute("config/devices"),
                                            machine_.at(std::filesystem::absolute("config/devices")));
  Sample sample;
  sample.voltage = PerPhase<Millivolts>{{Millivolts(230'000), Millivolts(229'000), Millivolts(12'000)}};
  sample.current = PerPhase<Milliamps>::all(5_A);
  sample.frequency = Millihertz(50'000);
  ASSERT_TRUE((*meter)->show(sample, {}));
  EXPECT_THAT(check_states(machine_, services()), finds(Grade::Warning, "12 V is no mains voltage", "terminals"));
  sample.voltage = PerPhase<Millivolts>::all(Millivolts(231'000));
  ASSERT_TRUE((*meter)->show(sample, {}));
  EXPECT_THAT(check_states(machine_, services()), finds(Grade::Ok, "Eastron SDM630 Modbus (V2) answers"));
  (*meter)->set_answering(Answering::Refusing);
  EXPECT_THAT(check_states(machine_, services()), finds(Grade::Failure, "meter of the transformer", "balans detect"));
}

TEST_F(Doctor, AnAgentSaysItselfWhatIsWrongWithItsDevice) {
  put("/etc/balans/agents/charger-1.yaml",
      "agent: charger-1\nsite: elm-street\nkeys: { device: /etc/balans/keys/charger-1.key }\nbroker: { host: "
      "localhost, "
      "port: 8883 }\n"
      "state_dir: /var/lib/balans/chargepoint/charger-1\nstatus_file: /run/balans/charger-1.json\n");
  ASSERT_FALSE(services().front().trouble) << services().front().trouble->message();
  Status status;
  status.state = AgentState::Fault;
  status.fault = "register 1210: timeout";
  put("/run/balans/charger-1.json", encode(status));
  now_ = SystemClock().utc();
  EXPECT_THAT(check_states(machine_, services()),
              finds(Grade::Failure, "register 1210: timeout", "balans test-device"));
}

// ---- outbox ----

TEST_F(Doctor, AnOutboxThatNobodyEmptiesIsToldByItsOldestReading) {
  install(8883, "api: { url: \"https://balans.example.org\" }\n");
  auto outbox = Outbox::open(machine_.at("/var/lib/balans/trafo/outbox.sqlite"));
  ASSERT_TRUE(outbox);
  const std::string body = R"({\"readings\":[{\"seq\":1,\"at_ms\":5,\"utc_ms\":)" + std::to_string(now_.ms()) + "}]}";
  ASSERT_TRUE(outbox->append("readings", "charger-1:1-1", R"({"type":"readings","body":")" + body + "\"}", BootTime()));
  ASSERT_TRUE(outbox->commit());
  EXPECT_THAT(check_outboxes(machine_, services()), finds(Grade::Ok, "1 waiting"));
  now_ = now_ + 3 * 86'400'000_ms;
  EXPECT_THAT(check_outboxes(machine_, services()), finds(Grade::Warning, "the oldest for 3 days", "api"));
  now_ = now_ + 9 * 86'400'000_ms;
  EXPECT_THAT(check_outboxes(machine_, services()), finds(Grade::Failure, "the oldest for 12 days", "api"));
  put("/var/lib/balans/trafo/refused.jsonl", "{}\n");
  EXPECT_THAT(check_outboxes(machine_, services()), finds(Grade::Warning, "the api has refused"));
}

TEST_F(Doctor, ReadingsThatWereSetAsideAreCounted) {
  install();
  const auto newer = machine_.at("/var/lib/balans/trafo/outbox.sqlite.version-2");
  {
    auto outbox = Outbox::open(newer);
    ASSERT_TRUE(outbox);
  }
  EXPECT_THAT(check_set_aside(machine_, services()), finds(Grade::Ok, "0 batches of readings in"));
  {
    auto outbox = Outbox::open(newer);
    ASSERT_TRUE(outbox->append("readings", "charger-1:1-1", "{}", BootTime()));
    ASSERT_TRUE(outbox->commit());
  }
  EXPECT_THAT(check_set_aside(machine_, services()),
              finds(Grade::Warning, "1 batches of readings in", "install that version again"));
  put("/var/lib/balans/trafo/outbox.sqlite.version-2", "nobody can count these");
  EXPECT_THAT(check_set_aside(machine_, services()), finds(Grade::Warning, "readings in"));
}

TEST_F(Doctor, ADamagedOutboxIsAFailure) {
  install();
  put("/var/lib/balans/trafo/outbox.sqlite", "this was a database before the power went");
  EXPECT_THAT(check_outboxes(machine_, services()), finds(Grade::Failure, "outbox of trafo", "sudo mv"));
}

}  // namespace
}  // namespace balans::cli
