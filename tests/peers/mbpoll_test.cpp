// mbpoll, a master on the command line, talks to our servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/io/modbus/serial_server.hpp"
#include "common/io/modbus/server.hpp"
#include "tests/common/io/modbus/bank.hpp"
#include "tests/peers/program.hpp"

namespace balans {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using Words = std::vector<std::uint16_t>;

class Mbpoll : public testing::Test {
 protected:
  void SetUp() override {
    program_ = test::Program::find("mbpoll");
    if (!program_) GTEST_SKIP() << "mbpoll is not installed";
    bank_.put(ReadFunction::HoldingRegisters, 10, {1234, 65535});
    bank_.put(ReadFunction::InputRegisters, 52, {0x4366, 0x8000});  // 230.5 as a float
    bank_.put(ReadFunction::Coils, 3, {1, 0, 1});
  }
  /// Runs it once, with addresses as on the wire, and gives what it prints.
  std::string poll(std::vector<std::string> arguments, int expected_exit) {
    arguments.insert(arguments.begin(), *program_);
    arguments.insert(arguments.end(), place_.begin(), place_.end());
    test::Program program(arguments);
    EXPECT_EQ(program.wait(), expected_exit) << program.output();
    return program.output();
  }
  void reads_and_writes(const std::vector<std::string>& mode) {
    const auto with = [&](std::vector<std::string> more) {
      more.insert(more.begin(), mode.begin(), mode.end());
      return more;
    };
    EXPECT_THAT(poll(with({"-1", "-0", "-a", "7", "-r", "10", "-c", "2", "-t", "4:hex"}), 0),
                testing::AllOf(HasSubstr("0x04D2"), HasSubstr("0xFFFF")));
    EXPECT_THAT(poll(with({"-1", "-0", "-B", "-a", "7", "-r", "52", "-c", "1", "-t", "3:float"}), 0),
                HasSubstr("230.5"));
    EXPECT_THAT(poll(with({"-1", "-0", "-a", "7", "-r", "3", "-c", "3", "-t", "0"}), 0),
                ContainsRegex("\\[5\\]:[ \t]*1"));
    EXPECT_THAT(poll(with({"-1", "-0", "-a", "7", "-r", "99", "-c", "1", "-t", "4"}), 1),
                HasSubstr("Illegal data address"));
    place_.push_back("16");  // the value that is written
    EXPECT_THAT(poll(with({"-0", "-a", "7", "-r", "11", "-t", "4"}), 0), HasSubstr("Written 1 references"));
    place_.back() = "1";
    EXPECT_THAT(poll(with({"-0", "-a", "7", "-r", "4", "-t", "0"}), 0), HasSubstr("Written 1 references"));
  }
  void expect_written() {
    EXPECT_EQ(*bank_.read(ReadFunction::HoldingRegisters, 7, 10, 2), (Words{1234, 16}));
    EXPECT_EQ(*bank_.read(ReadFunction::Coils, 7, 3, 3), (Words{1, 1, 1}));
  }

  std::optional<std::string> program_;
  std::vector<std::string> place_;
  Bank bank_;
};

TEST_F(Mbpoll, ReadsAndWritesOurTcpServer) {
  const auto server = ModbusTcpServer::start({}, {{7, &bank_}});
  ASSERT_TRUE(server) << server.error().message();
  place_ = {"127.0.0.1"};
  reads_and_writes({"-m", "tcp", "-o", "5", "-p", std::to_string((*server)->port())});
  (*server)->locked([this] { expect_written(); });
}

TEST_F(Mbpoll, ReadsAndWritesOurRtuServer) {
  const auto server = ModbusSerialServer::start({{7, &bank_}});
  if (!server) GTEST_SKIP() << "no pseudo-terminals here";
  place_ = {(*server)->device()};
  reads_and_writes({"-m", "rtu", "-o", "5", "-b", "19200", "-P", "even"});
  (*server)->locked([this] { expect_written(); });
}

}  // namespace
}  // namespace balans
