// The parts of the stage that watch over processes and files, and a street that it runs alone.

#include <gtest/gtest.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "sim/data/json_text.hpp"
#include "sim/stage/stage.hpp"

namespace balans::sim {
namespace {

using namespace std::chrono_literals;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "balans-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::unique_ptr<Child> start(const TemporaryFolder& folder, std::vector<std::string> arguments) {
  auto child = Child::start({"child", std::move(arguments), folder / "out", folder / "err", ChildInput::Pipe});
  EXPECT_TRUE(child.ok()) << child.error().message();
  return child.ok() ? std::move(*child) : nullptr;
}

TEST(Child, SaysHowItEnded) {
  const TemporaryFolder folder;
  const auto fails = start(folder, {"sh", "-c", "echo why >&2; exit 3"});
  ASSERT_TRUE(fails->wait_until_ended(10s));
  EXPECT_EQ(fails->ending(), "ended with exit code 3");
  EXPECT_EQ(last_lines(folder / "err", 5), "why");
  const auto killed = start(folder, {"sleep", "100"});
  EXPECT_TRUE(killed->running());
  killed->send(SIGKILL);
  ASSERT_TRUE(killed->wait_until_ended(10s));
  EXPECT_EQ(killed->ending(), "was killed by signal 9");
}

TEST(Child, ThatCannotBeStartedIsAnError) {
  const TemporaryFolder folder;
  const auto child = Child::start({"ghost", {"/nonexistent/ghost"}, folder / "out", folder / "err", ChildInput::None});
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().message(), "ghost: /nonexistent/ghost cannot be started: No such file or directory");
}

TEST(Child, TakesLinesAndAWriteToADeadOneIsAnError) {
  const TemporaryFolder folder;
  const auto child = start(folder, {"sh", "-c", "read line; echo got $line"});
  ASSERT_TRUE(child->write_line("hello").ok());
  ASSERT_TRUE(child->wait_until_ended(10s));
  EXPECT_EQ(last_lines(folder / "out", 1), "got hello");
  EXPECT_FALSE(child->write_line("again").ok());
}

TEST(Child, DiesWithItsOwner) {
  const TemporaryFolder folder;
  auto child = start(folder, {"sh", "-c", "echo $$; exec sleep 100"});
  Watch watch;
  watch.add_folder(folder.path());
  while (last_lines(folder / "out", 1).empty()) watch.wait(1s, {child->exit_fd()});
  const pid_t pid = std::stoi(last_lines(folder / "out", 1));
  EXPECT_EQ(kill(pid, 0), 0);
  child.reset();
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(GrowingFile, GivesEachWholeLineOnce) {
  const TemporaryFolder folder;
  GrowingFile file(folder / "log");
  EXPECT_TRUE(file.new_lines().empty());
  std::ofstream out(folder / "log");
  out << "one\ntw" << std::flush;
  EXPECT_EQ(file.new_lines(), std::vector<std::string>{"one"});
  out << "o\nthree\n" << std::flush;
  EXPECT_EQ(file.new_lines(), (std::vector<std::string>{"two", "three"}));
  EXPECT_TRUE(file.new_lines().empty());
}

TEST(GrowingFile, StartsAgainWhenTheFileWasReplaced) {
  const TemporaryFolder folder;
  GrowingFile file(folder / "log");
  std::ofstream(folder / "log") << "a long first line\n";
  file.new_lines();
  std::ofstream(folder / "log") << "new\n";
  EXPECT_EQ(file.new_lines(), std::vector<std::string>{"new"});
}

TEST(Watch, AnInterruptEndsEveryWait) {
  Watch watch;
  std::jthread interrupter([&] { watch.interrupt(); });
  watch.wait(60s, {});
  watch.wait(60s, {});
  interrupter.join();
  EXPECT_TRUE(watch.interrupted());
}

TEST(LastLines, AreTheLast) {
  const TemporaryFolder folder;
  std::ofstream(folder / "log") << "1\n2\n3\n";
  EXPECT_EQ(last_lines(folder / "log", 2), "2\n3");
  EXPECT_EQ(last_lines(folder / "log", 9), "1\n2\n3");
  EXPECT_EQ(last_lines(folder / "none", 2), "");
}

StageOptions street_alone(std::int64_t speed, std::int64_t minutes) {
  StageOptions options;
  options.street.policy = "uncontrolled";
  options.street.speed = speed;
  options.street.minutes = minutes;
  options.street.data_dir = "/nonexistent";
  options.programs = program_folder() / "../bin";
  options.run_in = 1s;
  return options;
}

std::unique_ptr<Stage> create(const StageOptions& options) {
  Result<std::unique_ptr<Stage>> stage = Stage::create(options);
  EXPECT_TRUE(stage.ok()) << stage.error().message();
  return stage.ok() ? std::move(*stage) : nullptr;
}

TEST(Stage, RunsTheStreetAloneAndSumsItUp) {
  const auto stage = create(street_alone(30, 1));
  ASSERT_TRUE(stage);
  const Result<void> started = stage->start();
  ASSERT_TRUE(started.ok()) << started.error().message();
  EXPECT_EQ(stage->processes(), std::vector<std::string>{"street"});
  EXPECT_TRUE(stage->wait_for([&] { return stage->run_is_over(); }, 60s));
  EXPECT_EQ(stage->truth().size(), 60U);
  const auto summary = stage->finish();
  EXPECT_TRUE(summary.at("failures").as_array().empty()) << pretty(summary);
  EXPECT_EQ(summary.at("samples").as_int64(), 60);
  EXPECT_EQ(summary.at("policy").as_string(), "uncontrolled");
}

TEST(Stage, ARunThatWasStoppedEarlySaysSo) {
  const auto stage = create(street_alone(1, 60));
  ASSERT_TRUE(stage);
  ASSERT_TRUE(stage->start().ok());
  EXPECT_FALSE(stage->run_is_over());
  const auto summary = stage->finish();
  ASSERT_EQ(summary.at("failures").as_array().size(), 1U) << pretty(summary);
  EXPECT_EQ(summary.at("failures").as_array()[0].as_string(), "stopped before the minutes were over");
}

TEST(Stage, LeavesNothingBehind) {
  std::filesystem::path folder;
  {
    const auto stage = create(street_alone(1, 60));
    ASSERT_TRUE(stage);
    ASSERT_TRUE(stage->start().ok());
    folder = stage->folder().root;
    EXPECT_TRUE(std::filesystem::is_directory(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(Stage, TellsTheStreetAndHearsWhetherItIsDone) {
  const auto stage = create(street_alone(30, 60));
  ASSERT_TRUE(stage);
  ASSERT_TRUE(stage->start().ok());
  EXPECT_TRUE(stage->tell_street(R"({"base_add_a":[50,0,0]})").ok());
  EXPECT_FALSE(stage->tell_street(R"({"device":"sauna","fault":"silent"})").ok());
  EXPECT_TRUE(stage->wait_for(
      [&] { return !stage->truth().empty() && stage->truth().back().at("base_va").as_array()[0].as_int64() > 11'000; },
      60s));
}

TEST(Stage, ReportsAProcessThatDiesUnasked) {
  const auto stage = create(street_alone(1, 60));
  ASSERT_TRUE(stage);
  ASSERT_TRUE(stage->start().ok());
  stage->send("street", SIGKILL);
  EXPECT_FALSE(stage->wait_for([] { return false; }, 60s));
  ASSERT_EQ(stage->failures().size(), 1U);
  EXPECT_EQ(stage->failures()[0], "street was killed by signal 9");
}

TEST(Stage, KillsOnRequestWithoutCallingItAFailure) {
  const auto stage = create(street_alone(1, 60));
  ASSERT_TRUE(stage);
  ASSERT_TRUE(stage->start().ok());
  stage->kill("street");
  EXPECT_FALSE(stage->running("street"));
  stage->refresh();
  EXPECT_TRUE(stage->failures().empty());
  EXPECT_FALSE(stage->restart("street").ok()) << "it would listen on other ports";
}

TEST(Stage, TellsEachKindOfTroubleOfAProgramOnce) {
  const auto stage = create(street_alone(1, 60));
  ASSERT_TRUE(stage);
  ASSERT_TRUE(stage->start().ok());
  std::ofstream(stage->folder().events_of("street"))
      << R"({"event":"fault","ma":0,"text":"device does not answer"})" << '\n'
      << R"({"event":"fault","ma":0,"text":"device does not answer"})" << '\n'
      << R"({"event":"message-refused","topic":"a/status","error":"message.key: is not the pinned key"})" << '\n'
      << R"({"event":"message-refused","topic":"b/status","error":"message.key: is not the pinned key"})" << '\n'
      << R"({"event":"lease-accepted","ma":0,"text":"not-asking"})" << '\n';
  stage->refresh();
  EXPECT_EQ(stage->take_troubles(),
            (std::vector<std::string>{"street: fault: device does not answer",
                                      "street: message-refused: a/status: message.key: is not the pinned key",
                                      "street: message-refused: b/status: message.key: is not the pinned key"}));
  stage->refresh();
  EXPECT_TRUE(stage->take_troubles().empty());
}

TEST(Stage, TellsAHundredTroublesAtMost) {
  const auto stage = create(street_alone(1, 60));
  ASSERT_TRUE(stage);
  ASSERT_TRUE(stage->start().ok());
  std::ofstream events(stage->folder().events_of("street"));
  for (int i = 0; i < 101; ++i) events << R"({"event":"message-refused","topic":")" << i << R"(","error":"x"})" << '\n';
  events.close();
  stage->refresh();
  EXPECT_EQ(stage->take_troubles().size(), 100U);
}

TEST(SiteSetup, FindsTheBrokerWithoutSbinOnThePath) {
  const std::string program = broker_program();
  EXPECT_EQ(program.front(), '/');
  EXPECT_EQ(access(program.c_str(), X_OK), 0) << program;
}

TEST(Stage, RefusesWrongOptionsBeforeAnythingIsStarted) {
  StageOptions options = street_alone(1, 60);
  options.street.start = "yesterday";
  const auto stage = Stage::create(options);
  ASSERT_FALSE(stage.ok());
  EXPECT_EQ(stage.error().message(), "--start: 'yesterday' is not a local time like 2019-04-03T16:00");
}

DeviceDescription with_fallback(Fallback fallback) {
  DeviceDescription description;
  description.control.emplace();
  description.control->watchdog.emplace();
  description.control->watchdog->fallback = fallback;
  return description;
}

TEST(SiteSetup, ADeviceRevertsOnlyWhereThatIsCertain) {
  DevicePlan plan = street_plan()[0];
  plan.installed_timeout.reset();
  EXPECT_EQ(revert_time(plan, DeviceDescription()), std::nullopt);
  EXPECT_EQ(revert_time(plan, with_fallback(Fallback::Configured)), std::nullopt);
  plan.installed_timeout = 54_s;
  EXPECT_EQ(revert_time(plan, with_fallback(Fallback::Configured)), 60_s);
  EXPECT_EQ(revert_time(plan, with_fallback(Fallback::Unknown)), std::nullopt);
}

TEST(SiteSetup, DesignPeakIsTheWorstMinuteAndLeavesATenthOfTheRating) {
  BaseLoad base;
  base.minutes.resize(kMinutesPerDay);
  base.minutes[7][Phase::L2].active = Milliwatts(4'600'000);
  EXPECT_EQ(design_peak_base(base, 75_kVA), 20_A);
  EXPECT_EQ(design_peak_base(base, 13'800_VA), 18_A);
}

}  // namespace
}  // namespace balans::sim
