// What `balans commission` proves of a device, against virtual ones behind real Modbus.
#include <gmock/gmock.h>

#include "cli/commission/report.hpp"
#include "common/io/runtime/files.hpp"
#include "tests/cli/commissioned_street.hpp"

namespace balans::cli {
namespace {

using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;

constexpr const char* kCharger = "chargers/heidelberg_energy_control";

class Commission : public testing::Test {
 protected:
  void a_charger(int car_phases = 3, Milliamps car_max = 16_A, const char* file = kCharger) {
    street_ = std::make_unique<test::CommissionedStreet>(file, car_phases, car_max);
    file_ = file;
  }
  void write_files() {
    std::filesystem::create_directories(etc_ / "agents");
    std::ofstream(etc_ / "agents" / "charger-1.yaml")
        << "agent: charger-1\nsite: elm-street\nstatus_file: " << (etc_ / "charger-1.json").string()
        << "\ndevices_dir: " << std::filesystem::absolute("config/devices").string() << "\ndevice:\n  file: " << file_
        << "\n  tcp: { host: 127.0.0.1, port: " << street_->device_port()
        << " }\n  unit: 1\nkind: charger\nphases: " << phases << "\nmin_a: 6\nmax_a: 16\nstep_a: 0.1\n"
        << agent_lines;
    std::ofstream(etc_ / "site.yaml") << "site: elm-street\ndevices_dir: "
                                      << std::filesystem::absolute("config/devices").string()
                                      << "\nmeter:\n  device: meters/eastron_sdm630\n  tcp: { host: 127.0.0.1, port: "
                                      << street_->meter_port()
                                      << " }\nagents:\n  - { id: charger-1, kind: charger, phases: " << phases
                                      << ", max_a: 16, " << enrolled << " }\n";
  }
  [[nodiscard]] Machine machine() const {
    Machine machine = this_machine("/", "1.2.3");
    machine.root = etc_.path();  // where nothing of systemd is
    return machine;
  }
  Findings commission() {
    write_files();
    CommissionWish wish;
    wish.etc = etc_.path();
    const auto ready = ready_to_commission(machine(), wish);
    EXPECT_TRUE(ready.ok()) << (ready ? "" : ready.error().message());
    if (!ready) return {};
    report_.device = ready->devices.front();
    ModbusClient device(client_of(report_.device.place)), meter_line(client_of(ready->meter->place));
    GridMeter meter(*ready->meter, meter_line);
    report_.meter = meter_words(*ready->meter);
    report_.version = "1.2.3";
    report_.at = UnixTime(1'790'000'000'000);
    report_.measures = measure(report_.device, device, &meter, contactor, {}, *street_,
                               [&](const std::string& line) { told_ += line + "\n"; });
    report_.findings = judge(report_.device, report_.measures);
    return report_.findings;
  }
  static ModbusClientOptions client_of(const ModbusPlace& place) {
    ModbusClientOptions options;
    options.endpoint = place.endpoint;
    return options;
  }
  void expect_failure(const std::string& what, const std::string& remedy) {
    EXPECT_THAT(report_.findings,
                Contains(testing::AllOf(Field(&Finding::grade, Grade::Failure), Field(&Finding::what, HasSubstr(what)),
                                        Field(&Finding::remedy, HasSubstr(remedy)))))
        << report_text(report_);
  }
  /// Nothing is wrong but what has to be said of `only`.
  void expect_no_other_failure(const std::string& only = "nothing at all") {
    for (const Finding& finding : report_.findings)
      if (finding.what.find(only) == std::string::npos) {
        EXPECT_NE(finding.grade, Grade::Failure) << finding.what << "\n" << report_text(report_);
      }
  }

  std::string phases = "[L1, L2, L3]";
  std::string agent_lines = "failsafe_a: 6\ndevice_fallback_a: 6\nrevert_s: 40\nsettle_s: 20\n";
  std::string enrolled = "failsafe_a: 6, device_fallback_a: 6, revert_s: 40, settle_s: 20";
  Transport* contactor = nullptr;
  std::unique_ptr<test::CommissionedStreet> street_;
  std::string file_;
  balans::test::TempFolder etc_;
  CommissioningReport report_;
  std::string told_;
};

TEST_F(Commission, ProvesADeviceThatIsAsItsFilesSay) {
  a_charger();
  commission();
  EXPECT_THAT(report_.findings, Each(Field(&Finding::grade, Grade::Ok))) << report_text(report_);
  EXPECT_THAT(report_.findings, Contains(Field(&Finding::what, HasSubstr("draws on L1, L2, L3"))));
  EXPECT_THAT(report_.findings, Contains(Field(&Finding::what, HasSubstr("falls to 6 A"))));
  EXPECT_EQ(report_.measures.levels.size(), 4U);
}

TEST_F(Commission, GivesTheDeviceBackAsItWas) {
  a_charger();
  street_->device().locked([](auto& devices) {
    const std::uint16_t word = 93;
    devices.front()->registers().image().set_words(ReadFunction::HoldingRegisters, 261, std::span(&word, 1));
  });
  commission();
  street_->step(20_s);
  EXPECT_EQ(report_.measures.put_back->current, 9300_mA);
  EXPECT_EQ(street_->truth().allowed, 9300_mA);
}

TEST_F(Commission, FindsADeviceOnAnotherPhase) {
  phases = "[L1]";
  a_charger(1);
  street_->wiring.phases = {Phase::L2, Phase::L1, Phase::L3};
  commission();
  expect_failure("draws on L2, and by its configuration on L1", "phases: [L2]");
  expect_failure("draws on L2, which site.yaml does not book", "add L2");
}

TEST_F(Commission, FindsTurnedPhasesByACarOnOne) {
  phases = "[L2, L3, L1]";
  a_charger(1);
  commission();
  expect_failure("draws on L1, and by its configuration on L2", "in their true order");
}

TEST_F(Commission, FindsAVoltageTapOnAnotherPhase) {
  a_charger();
  street_->wiring.power_percent = {{-50, 100, 100}};  // 120° apart
  commission();
  expect_failure("on L1 power and current do not belong together", "swap one");
  expect_no_other_failure("on L1");
}

/// Drops out when it has not been told to hold for ten seconds; the car is then without power.
class Contactor final : public Transport {
 public:
  explicit Contactor(test::CommissionedStreet& street) : street_(street) {}
  Result<std::vector<std::uint16_t>> read(ReadFunction, std::uint8_t, std::uint16_t, std::uint16_t) override {
    return Error{"", "only written"};
  }
  Result<void> write(WriteFunction function, std::uint8_t, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    if (function == WriteFunction::Coil && address == 3 && words.front() == 1) told_at_ = street_.now();
    return {};
  }
  void drop_out_when_due() {
    if (works && told_at_ && street_.now() - *told_at_ > 10_s)
      street_.device().locked([](auto& devices) { (void)devices.front()->unplug(); });
  }
  bool works = true;

 private:
  test::CommissionedStreet& street_;
  std::optional<BootTime> told_at_;
};

TEST_F(Commission, ProvesThatItsContactorDropsOut) {
  for (const bool works : {true, false}) {
    agent_lines =
        "failsafe_a: 6\ndevice_fallback_a: 16\nrevert_s: none\nsettle_s: 20\n"
        "contactor: { tcp: { host: 127.0.0.1 }, coil: 3, drops_out_s: 10 }\n";
    enrolled = "failsafe_a: 6, device_fallback_a: 16, revert_s: none, contactor_s: 10, settle_s: 20";
    a_charger();
    Contactor one(*street_);
    one.works = works;
    contactor = &one;
    street_->each_step = [&one] { one.drop_out_when_due(); };
    commission();
    if (works)
      expect_no_other_failure();
    else
      expect_failure("and it still draws 16 A: 0 A is counted on", "contactor's own time-out");
    EXPECT_TRUE(report_.measures.silence);
  }
}

TEST_F(Commission, FindsACurrentTransformerTheWrongWayRound) {
  a_charger();
  street_->wiring.sign = {{1, -1, 1}};
  commission();
  expect_failure("on L2 the meter counts consumption as feeding in", "turn the current transformer of L2 round");
  expect_no_other_failure("on L2");
}

TEST_F(Commission, FindsAWrongRatioOfAllCurrentTransformers) {
  a_charger();
  street_->wiring.percent = {{400, 400, 400}};
  commission();
  expect_failure("the meter shows 4.0", "by 0.25");
  expect_no_other_failure("current transformers");
}

TEST_F(Commission, FindsAWrongRatioOfOneCurrentTransformer) {
  a_charger();
  street_->wiring.percent = {{100, 100, 50}};
  commission();
  expect_failure("on L3 the meter shows 1/2.0", "for L3 by 2.0");
  expect_no_other_failure("current transformers");
}

TEST_F(Commission, FindsADeviceThatSettlesSlowerThanConfigured) {
  agent_lines = "failsafe_a: 6\ndevice_fallback_a: 6\nrevert_s: 40\nsettle_s: 2\n";
  a_charger();
  commission();
  expect_failure("settle_s is 2 s", "settle_s: ");
  expect_no_other_failure("settle_s");
}

TEST_F(Commission, FindsADeviceThatDoesNotFallBack) {
  a_charger();
  street_->somebody_else_asks = true;
  commission();
  expect_failure("and it still draws 16 A: 6 A is counted on", "revert_s: none");
  expect_no_other_failure("silence");
  EXPECT_FALSE(report_.measures.not_put_back);
}

TEST_F(Commission, WithoutACarItSaysWhatIsNeeded) {
  a_charger(0);
  commission();
  expect_failure("drew nothing, so nothing is proven", "a car that is not full and charges with 16 A");
}

TEST_F(Commission, ACarOnOnePhaseProvesOnlyThat) {
  a_charger(1);
  commission();
  EXPECT_THAT(report_.findings, Contains(Field(&Finding::what, HasSubstr("only 1 of its 3 phases"))));
  expect_no_other_failure();
}

TEST_F(Commission, AMeterThatSeesNothingOfItIsAnother) {
  a_charger();
  street_->wiring.percent = {{0, 0, 0}};
  commission();
  expect_failure("sees nothing of the", "behind this meter");
}

TEST_F(Commission, AKettleMeanwhileIsNoDevice) {
  a_charger();
  street_->wiring.switching = [](BootTime at) {
    return PerPhase<Milliamps>{{0_A, at > BootTime(70'000) ? 9_A : 0_A, 0_A}};
  };
  commission();
  expect_no_other_failure();
}

TEST_F(Commission, ANoisyStreetProvesNothingAndSaysSo) {
  a_charger();
  street_->wiring.switching = [](BootTime at) {
    return PerPhase<Milliamps>{{at.ms() / 23'000 % 2 == 0 ? 60_A : 0_A, 0_A, at.ms() / 17'000 % 3 == 0 ? 40_A : 0_A}};
  };
  commission();
  EXPECT_THAT(report_.findings, Contains(Field(&Finding::what, HasSubstr("others switched too much"))))
      << report_text(report_);
  EXPECT_THAT(report_.findings, testing::Not(Contains(Field(&Finding::what, HasSubstr("current transformers")))));
}

TEST_F(Commission, WhatIsEnrolledMustCoverWhatItsAgentDoes) {
  enrolled = "failsafe_a: 0, device_fallback_a: 0, revert_s: 30, settle_s: 20";
  a_charger();
  commission();
  expect_failure("books a failsafe of 0 A, and its agent takes 6 A", "failsafe_a: 6 A");
  expect_failure("counts on its watchdog after 30 s", "revert_s: 40");
}

TEST_F(Commission, RefusesWhileItsAgentRuns) {
  a_charger();
  write_files();
  ASSERT_TRUE(replace_file(etc_ / "charger-1.json", "{}", FileMode::Readable));
  CommissionWish wish;
  wish.etc = etc_.path();
  const auto ready = ready_to_commission(machine(), wish);
  ASSERT_FALSE(ready.ok());
  EXPECT_THAT(ready.error().message(), HasSubstr("sudo systemctl stop balans-chargepoint@charger-1.service"));
}

TEST_F(Commission, LeavesAPageAndAFileForEachTime) {
  a_charger();
  commission();
  const auto first = save_report(report_, etc_ / "reports"), second = save_report(report_, etc_ / "reports");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->filename(), "charger-1-2026-09-21.json");
  EXPECT_EQ(second->filename(), "charger-1-2026-09-21-2.json");
  const auto page = read_small_file(etc_ / "reports" / "charger-1-2026-09-21.txt");
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(*page, HasSubstr("Commissioning of charger-1 at elm-street, 2026-09-21"));
  EXPECT_THAT(*read_small_file(*first), HasSubstr(R"("worst":"ok")"));
}

}  // namespace
}  // namespace balans::cli
