#include "common/io/pairing/channel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/common/io/pairing/two_ends.hpp"

namespace balans::pairing {
namespace {

using namespace test;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(PairingCode, HasSixDigitsAndIsAnotherEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const std::string digits = Code::fresh().digits();
    EXPECT_THAT(digits, SizeIs(6));
    seen.insert(digits);
  }
  EXPECT_GT(seen.size(), 45U);
}

TEST(PairingCode, IsReadAsItIsShown) {
  EXPECT_EQ(code_of("012345").shown(), "012 345");
  EXPECT_EQ(Code::parse("012 345\n")->digits(), "012345");
  for (const char* bad : {"", "12345", "1234567", "12345a", "-12345", "１２３４５６"})
    EXPECT_FALSE(Code::parse(bad)) << bad;
}

class Handshake : public testing::Test {
 protected:
  Handshake() : listening_(*Listening::open(0)) {}

  /// The controller's side answers one connection with the code 111111.
  std::future<Result<Channel>> answer(milliseconds patience = std::chrono::seconds(10)) {
    return std::async(std::launch::async, [this, patience]() -> Result<Channel> {
      auto wire = listening_.accept(soon());
      if (!wire || !*wire) return Error{"", "nobody came"};
      return open_as_trafo(*std::move(*wire), code_of("111111"), site_named("elm-street"), soon(patience), spent_);
    });
  }
  Result<Channel> ask(const char* code) {
    return open_as_agent(connected_to(listening_), code_of(code), agent_named("charger-1"), soon());
  }

  Listening listening_;
  bool spent_ = false;
};

TEST_F(Handshake, OpensAChannelWithTheRightCode) {
  auto answered = answer();
  auto agent = ask("111111");
  auto trafo = answered.get();
  ASSERT_TRUE(agent) << agent.error().message();
  ASSERT_TRUE(trafo) << trafo.error().message();
  EXPECT_EQ(agent->peer(), "elm-street");
  EXPECT_EQ(trafo->peer(), "charger-1");
  EXPECT_EQ(agent->binding(), trafo->binding());
  ASSERT_TRUE(agent->send("hello", soon()));
  EXPECT_EQ(*trafo->receive(soon()), "hello");
  ASSERT_TRUE(trafo->send("yes", soon()));
  EXPECT_EQ(*agent->receive(soon()), "yes");
}

TEST_F(Handshake, EndsWithoutAWordWithAWrongCode) {
  auto answered = answer();
  const auto agent = ask("111112");
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message(), HasSubstr("closed the connection: most likely the code is wrong"));
  EXPECT_FALSE(answered.get());
  EXPECT_TRUE(spent_);
}

TEST_F(Handshake, ATryIsSpentOnceTheShareIsAnsweredEvenIfNoTagFollows) {
  auto answered = answer();
  {
    Wire wire = connected_to(listening_);
    ASSERT_TRUE(wire.send("balans-pair/1\n0123456789abcdef", soon()));
    ASSERT_TRUE(wire.receive(16, soon()));
    const cpace::Exchange exchange(cpace::Role::Initiator, {"000000", "", ""}, Bytes32{1}, "agent charger-1");
    const auto& share = exchange.own().share;
    ASSERT_TRUE(wire.send(std::string(share.begin(), share.end()) + "agent charger-1", soon()));
    ASSERT_TRUE(wire.receive(96, soon()));
  }
  EXPECT_FALSE(answered.get());
  EXPECT_TRUE(spent_);
}

TEST_F(Handshake, NothingIsSpentOnWhoeverDoesNotSpeakTheProtocol) {
  for (const std::string& first :
       std::vector<std::string>{"", "GET / HTTP/1.1", std::string(30, 'x'), "balans-pair/2\n0123456789abcdef"}) {
    auto answered = answer();
    Wire wire = connected_to(listening_);
    ASSERT_TRUE(wire.send(first, soon()));
    EXPECT_FALSE(wire.receive(1000, soon())) << "not a word to strangers";
    EXPECT_FALSE(answered.get());
    EXPECT_FALSE(spent_);
  }
}

TEST_F(Handshake, RefusesAnInvalidShareBeforeAnythingIsSpent) {
  auto answered = answer();
  Wire wire = connected_to(listening_);
  ASSERT_TRUE(wire.send("balans-pair/1\n0123456789abcdef", soon()));
  ASSERT_TRUE(wire.receive(16, soon()));
  ASSERT_TRUE(wire.send(std::string(32, '\0') + "agent charger-1", soon()));
  EXPECT_FALSE(wire.receive(96, soon()));
  EXPECT_FALSE(answered.get());
  EXPECT_FALSE(spent_);
}

TEST_F(Handshake, RefusesARecordedConversationPlayedAgain) {
  // The agent's frames of a good run, as a listener on the cable has them.
  std::vector<std::string> frames;
  {
    auto middle = Listening::open(0);
    auto answered = answer();
    auto agent = std::async(std::launch::async, [&] {
      return open_as_agent(connected_to(*middle), code_of("111111"), agent_named("charger-1"), soon());
    });
    Wire from_agent = **middle->accept(soon());
    Wire to_trafo = connected_to(listening_);
    for (int i = 0; i < 3; ++i) {
      frames.push_back(*from_agent.receive(1000, soon()));
      ASSERT_TRUE(to_trafo.send(frames.back(), soon()));
      ASSERT_TRUE(from_agent.send(*to_trafo.receive(1000, soon()), soon()));
    }
    ASSERT_TRUE(agent.get()) << "passed on faithfully it works";
    ASSERT_TRUE(answered.get());
  }
  auto answered = answer();
  Wire wire = connected_to(listening_);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(wire.send(frames[static_cast<std::size_t>(i)], soon()));
    ASSERT_TRUE(wire.receive(1000, soon()));
  }
  ASSERT_TRUE(wire.send(frames[2], soon()));
  EXPECT_FALSE(wire.receive(1000, soon()));
  EXPECT_FALSE(answered.get());
}

TEST_F(Handshake, RefusesAMirror) {
  auto mirror = std::async(std::launch::async, [this] {
    Wire wire = **listening_.accept(soon());
    const auto hello = wire.receive(1000, soon());
    (void)wire.send(hello->substr(14), soon());
    const auto share = wire.receive(1000, soon());
    (void)wire.send(share->substr(0, 32) + "trafo elm-street", soon());
    return wire.receive(1000, soon()).ok();  // a tag would be one to send back
  });
  const auto agent = ask("111111");
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message(), HasSubstr("our own share"));
  EXPECT_FALSE(mirror.get());
}

TEST_F(Handshake, GivesUpOnWhoeverFallsSilent) {
  auto answered = answer(milliseconds(50));
  const Wire silent = connected_to(listening_);
  const auto trafo = answered.get();
  ASSERT_FALSE(trafo);
  EXPECT_THAT(trafo.error().message(), HasSubstr("did not go on in time"));
}

TEST_F(Handshake, GivesUpOnAFrameThatIsTooLong) {
  auto answered = answer();
  Wire wire = connected_to(listening_);
  ASSERT_TRUE(wire.send(std::string(100'000, 'x'), soon()));
  const auto trafo = answered.get();
  ASSERT_FALSE(trafo);
  EXPECT_THAT(trafo.error().message(), HasSubstr("sent 100000 bytes, expected 30 at most"));
}

TEST_F(Handshake, AMessageOnTheChannelHasAMost) {
  auto answered = answer();
  auto agent = ask("111111");
  auto trafo = answered.get();
  ASSERT_TRUE(agent && trafo);
  auto sent = std::async(std::launch::async, [&] { return agent->send(std::string(kMaxMessage + 1, 'x'), soon()); });
  EXPECT_FALSE(trafo->receive(soon()));
  EXPECT_TRUE(sent.get());
}

}  // namespace
}  // namespace balans::pairing
