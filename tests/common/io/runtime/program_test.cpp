#include "common/io/runtime/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <initializer_list>
#include <vector>

namespace balans {
namespace {

using ::testing::HasSubstr;

struct Parsed {
  ProgramOptions options;
  std::optional<int> exit_code;
  std::string output;
  std::string errors;
};

Parsed parse(std::initializer_list<const char*> arguments) {
  CLI::App app("does something", "balans-test");
  Parsed parsed;
  add_program_options(app, parsed.options);
  std::vector<const char*> argv{"balans-test"};
  argv.insert(argv.end(), arguments);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  parsed.exit_code = parse_command_line(app, static_cast<int>(argv.size()), argv.data());
  parsed.output = testing::internal::GetCapturedStdout();
  parsed.errors = testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(CommandLine, TakesConfigAndEvents) {
  const Parsed parsed = parse({"--config", "site.yaml", "--events", "events.jsonl"});
  EXPECT_FALSE(parsed.exit_code.has_value());
  EXPECT_EQ(parsed.options.config, "site.yaml");
  EXPECT_EQ(parsed.options.events, "events.jsonl");
}

TEST(CommandLine, LeavesTheEventFileAbsent) {
  EXPECT_FALSE(parse({"--config", "site.yaml"}).options.events.has_value());
}

TEST(CommandLine, EndsWithZeroAfterHelpAndVersion) {
  const Parsed help = parse({"--help"});
  EXPECT_EQ(help.exit_code, kExitOk);
  EXPECT_THAT(help.output, HasSubstr("--config"));
  const Parsed version = parse({"--version"});
  EXPECT_EQ(version.exit_code, kExitOk);
  EXPECT_THAT(version.output, HasSubstr("0."));
}

TEST(CommandLine, EndsWithTwoAndOneLineWhenItIsWrong) {
  for (const auto& wrong : {parse({}), parse({"--config", "a", "--nonsense"}), parse({"--config"})}) {
    EXPECT_EQ(wrong.exit_code, kExitBadConfig);
    EXPECT_EQ(std::count(wrong.errors.begin(), wrong.errors.end(), '\n'), 1) << wrong.errors;
    EXPECT_THAT(wrong.errors, HasSubstr("balans-test: "));
  }
}

#ifndef __SANITIZE_ADDRESS__
/// 1 where a process that refuses core dumps could still leave one or be looked into, else 0.
int still_open(const char* wanted) {
  const pid_t child = fork();
  if (child == 0) {
    if (wanted != nullptr) setenv(kCoreDumpsWanted, wanted, 1);
    refuse_core_dumps();
    rlimit cores{};
    getrlimit(RLIMIT_CORE, &cores);
    _exit(prctl(PR_GET_DUMPABLE) != 0 || cores.rlim_max != 0 ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(CoreDumps, AreRefusedUnlessTheyAreAskedForInSoManyWords) {
  EXPECT_EQ(still_open(nullptr), 0);
  EXPECT_EQ(still_open("0"), 0);
  EXPECT_EQ(still_open(""), 0);
  EXPECT_EQ(still_open("1"), 1);
}
#endif

#ifdef BALANS_SIM_CLOCK
TEST(CommandLine, TakesAScaledClockWhereItIsBuiltIn) {
  EXPECT_EQ(parse({"--config", "a", "--sim-clock", "10:0:0"}).options.sim_clock, "10:0:0");
}
#endif

}  // namespace
}  // namespace balans
