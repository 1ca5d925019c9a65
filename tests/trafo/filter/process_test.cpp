// The program itself: `balans-trafo allocate` as a filter in a pipe.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_folder.hpp"
#include "tests/trafo/filter/problems.hpp"

namespace balans::filter::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The program as a child, with pipes to its standard input and from its standard output and error.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments) {
    int to[2];
    int from[2];
    EXPECT_EQ(pipe2(to, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(from, O_CLOEXEC), 0);
    std::vector<char*> argv = {const_cast<char*>(BALANS_TRAFO)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      dup2(from[1], STDERR_FILENO);
      execv(BALANS_TRAFO, argv.data());
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    input_ = to[1];
    output_ = from[0];
  }
  ~Program() {
    if (child_ > 0) end();
    close(output_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void write_line(const std::string& line) const {
    const std::string text = line + "\n";
    EXPECT_EQ(write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string read_line() const {
    std::string line;
    for (char c = 0; read(output_, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  /// Closes its input. Its exit code, or minus the signal that ended it.
  int end() {
    close(input_);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t child_ = 0;
  int input_ = -1;
  int output_ = -1;
};

TEST(AllocateProgram, AnswersEachLineBeforeTheNextComes) {
  Program program({"allocate"});
  Filter filter(Memory::Carried);
  for (const std::string& line : examples()) {
    program.write_line(line);
    EXPECT_EQ(program.read_line(), filter.answer(line).line);
  }
  EXPECT_EQ(program.end(), 0);
}

TEST(AllocateProgram, EndsWithTwoWhenALineWasRefusedAndAnswersTheOthers) {
  Program program({"allocate", "--stateless"});
  program.write_line(kStreet);
  const std::string good = program.read_line();
  program.write_line("nonsense");
  EXPECT_THAT(program.read_line(), StartsWith(R"({"error":{"pointer":"")"));
  program.write_line(kStreet);
  EXPECT_EQ(program.read_line(), good);
  EXPECT_EQ(program.end(), 2);
}

TEST(AllocateProgram, EndsWithZeroOnNoInput) { EXPECT_EQ(Program({"allocate"}).end(), 0); }

TEST(AllocateProgram, SaysWhenItsOutputCannotBeWritten) {
  const balans::test::TempFolder folder;
  std::ofstream(folder / "in") << kStreet << "\n";
  const std::string command = std::string(BALANS_TRAFO) + " allocate <" + (folder / "in").string() + " >/dev/full 2>" +
                              (folder / "err").string();
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): a shell sets the streams up
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(lines_of_file(folder / "err"), ::testing::ElementsAre(HasSubstr("standard output cannot be written")));
}

TEST(AllocateProgram, TakesNoConfigAndTheControllerStillNeedsOne) {
  Program with_config({"--config", "site.yaml", "allocate"});
  EXPECT_THAT(with_config.read_line(), HasSubstr("allocate excludes --config"));
  EXPECT_EQ(with_config.end(), 2);
  Program without({});
  EXPECT_EQ(without.read_line(), "balans-trafo: --config is required (see --help)");
  EXPECT_EQ(without.end(), 2);
  Program missing({"--config", "/nowhere/site.yaml"});
  EXPECT_THAT(missing.read_line(), HasSubstr("/nowhere/site.yaml"));
  EXPECT_EQ(missing.end(), 2);
}

}  // namespace
}  // namespace balans::filter::test
