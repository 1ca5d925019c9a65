// The history of a wallet out of two lists of a node.
#include "api/ledger/iota_history.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota_ledger.hpp"
#include "tests/api/iota/scripted_nodes.hpp"
#include "tests/api/iota/wallet.hpp"

namespace balans::api {
namespace {

using namespace settlement;
using namespace iota::test;

Amount units(std::int64_t count) { return *Amount::of(count); }

class HistoryOfOne : public ::testing::Test {
 protected:
  HistoryOfOne() : ledger(network, nodes, *mine) {}
  iota::test::NodeState& node() { return nodes.nodes["a"]; }

  /// Somebody pays the wallet.
  void receive(std::uint8_t number, std::optional<std::uint64_t> checkpoint, std::int64_t nanos = 500) {
    add({text_of(number), checkpoint, somebody(7), {{somebody(7), -nanos - 1000}, {own(), nanos}}});
    node().to.push_back(text_of(number));
  }
  /// The wallet pays: its gas coin comes back to it, so that it stands in both lists.
  void send(std::uint8_t number, std::optional<std::uint64_t> checkpoint, std::int64_t nanos = 300,
            std::int64_t fee = 40) {
    add({text_of(number), checkpoint, own(), {{own(), -nanos - fee}, {somebody(8), nanos}}});
    node().to.push_back(text_of(number));
    node().from.push_back(text_of(number));
  }
  void add(const Listed& listed) { node().transactions[listed.digest] = listed; }
  iota::Address own() const { return ledger.address(); }

  History page(const std::string& position = "", std::size_t limit = 200) {
    auto read = ledger.history(position, limit);
    EXPECT_TRUE(read) << read.error().message();
    return read ? *std::move(read) : History();
  }
  static std::vector<std::string> digests(const History& history) {
    std::vector<std::string> all;
    for (const Movement& movement : history.movements) all.push_back(movement.digest);
    return all;
  }
  static std::vector<std::string> texts(std::vector<std::uint8_t> numbers) {
    std::vector<std::string> all;
    for (const std::uint8_t number : numbers) all.push_back(text_of(number));
    return all;
  }

  ScriptedNodes nodes;
  std::unique_ptr<Signer> mine = key(1);
  iota::Network network{{"a"}, "09090909", text_of(9), ""};
  IotaLedger ledger;
};

TEST_F(HistoryOfOne, HasWhatCameInAndWhatWentOutInOneOrder) {
  receive(20, 10);
  send(21, 11);
  receive(22, 12);
  const History history = page();
  EXPECT_EQ(digests(history), texts({20, 21, 22}));
  const Movement& in = history.movements[0];
  EXPECT_EQ(in.origin, Origin::Others);
  EXPECT_EQ(in.sender, to_text(somebody(7)));
  EXPECT_EQ(in.checkpoint, 10);
  ASSERT_EQ(in.outputs.size(), 1U);
  EXPECT_EQ(in.outputs[0].amount, units(500));
  EXPECT_TRUE(in.fee.is_zero());
  const Movement& out = history.movements[1];
  EXPECT_EQ(out.origin, Origin::Ours);
  ASSERT_EQ(out.outputs.size(), 1U);
  EXPECT_EQ(out.outputs[0].address, to_text(somebody(8)));
  EXPECT_EQ(out.outputs[0].amount, units(300));
  EXPECT_EQ(out.fee, units(40));
}

TEST_F(HistoryOfOne, IsCompleteAtTheCheckpointThatWasAskedForFirst) {
  receive(20, 10);
  const History history = page();
  EXPECT_TRUE(history.is_complete);
  EXPECT_EQ(history.at, UnixTime(1'760'000'000'000));
  EXPECT_EQ(history.epoch, 7);
  const auto at = [&](const std::string& method) {
    return std::find(nodes.asked.begin(), nodes.asked.end(), "a " + method) - nodes.asked.begin();
  };
  EXPECT_LT(at("iota_getLatestCheckpointSequenceNumber"), at("iotax_queryTransactionBlocks"));
}

TEST_F(HistoryOfOne, IsNotCompleteWhileThereIsMore) {
  node().page = 2;
  for (std::uint8_t i = 0; i < 5; ++i) receive(static_cast<std::uint8_t>(20 + i), 10U + i);
  History history = page();
  EXPECT_EQ(digests(history), texts({20, 21}));
  EXPECT_FALSE(history.is_complete);
  history = page(history.position);
  EXPECT_EQ(digests(history), texts({22, 23}));
  history = page(history.position);
  EXPECT_EQ(digests(history), texts({24}));
  EXPECT_TRUE(history.is_complete);
  history = page(history.position);
  EXPECT_TRUE(history.movements.empty());
  EXPECT_TRUE(history.is_complete);
}

TEST_F(HistoryOfOne, GoesOnWherePagesAreTooLarge) {
  for (std::uint8_t i = 0; i < 3; ++i) receive(static_cast<std::uint8_t>(20 + i), 10U + i);
  node().most_listed = 1;
  History history = page();
  EXPECT_EQ(digests(history), texts({20}));
  EXPECT_FALSE(history.is_complete);
  node().most_listed = 5;
  history = page(history.position);
  EXPECT_EQ(digests(history), texts({21, 22}));
  EXPECT_TRUE(history.is_complete);
  node().most_listed = 0;
  EXPECT_FALSE(ledger.history("", 200));
}

TEST_F(HistoryOfOne, KeepsTheOrderAcrossPagesOfBothLists) {
  node().page = 2;
  receive(20, 10), receive(21, 20), receive(22, 30);
  send(30, 11), send(31, 12), send(32, 13);
  std::vector<std::string> all;
  History history;
  for (int i = 0; i < 10 && !history.is_complete; ++i) {
    history = page(history.position);
    for (const std::string& digest : digests(history)) all.push_back(digest);
  }
  EXPECT_EQ(all, texts({20, 30, 31, 32, 21, 22}));
}

TEST_F(HistoryOfOne, KeepsToTheLimit) {
  for (std::uint8_t i = 0; i < 3; ++i) receive(static_cast<std::uint8_t>(20 + i), 10U + i);
  send(30, 20);
  History history = page("", 2);
  EXPECT_EQ(digests(history), texts({20, 21}));
  EXPECT_FALSE(history.is_complete) << "the rest was only not shown";
  history = page(history.position, 2);
  EXPECT_EQ(digests(history), texts({22, 30}));
  EXPECT_TRUE(history.is_complete);
}

TEST_F(HistoryOfOne, ShowsNothingThatIsNotFinal) {
  receive(20, 10);
  receive(21, std::nullopt);
  receive(22, 11);
  History history = page();
  EXPECT_EQ(digests(history), texts({20}));
  EXPECT_FALSE(history.is_complete);
  node().transactions[text_of(21)].checkpoint = 12;
  history = page(history.position);
  EXPECT_EQ(digests(history), texts({21, 22}));
  EXPECT_TRUE(history.is_complete);
}

TEST_F(HistoryOfOne, ShowsNothingLaterThanTheCheckpoint) {
  receive(20, 100);
  receive(21, 101);
  History history = page();
  EXPECT_EQ(digests(history), texts({20}));
  EXPECT_FALSE(history.is_complete);
  node().newest.number = 101;
  history = page(history.position);
  EXPECT_EQ(digests(history), texts({21}));
  EXPECT_TRUE(history.is_complete);
}

TEST_F(HistoryOfOne, WhatIsPaidBackBeyondTheFeeIsADepositFromItself) {
  add({text_of(20), 10, own(), {{own(), -200}, {somebody(8), 300}}});
  node().from.push_back(text_of(20));
  const History history = page();
  ASSERT_EQ(history.movements.size(), 2U);
  EXPECT_EQ(history.movements[0].origin, Origin::Ours);
  EXPECT_TRUE(history.movements[0].fee.is_zero());
  EXPECT_EQ(history.movements[0].outputs[0].amount, units(300));
  EXPECT_EQ(history.movements[1].origin, Origin::Others);
  EXPECT_EQ(history.movements[1].sender, to_text(own()));
  EXPECT_EQ(history.movements[1].outputs[0].amount, units(100)) << "-300 + 100 is what the balance says";
}

TEST_F(HistoryOfOne, GasThatWasPaidForOthersIsAFee) {
  add({text_of(20), 10, somebody(7), {{somebody(7), -300}, {somebody(8), 300}, {own(), -90}}});
  node().to.push_back(text_of(20));
  const History history = page();
  ASSERT_EQ(history.movements.size(), 1U);
  EXPECT_EQ(history.movements[0].origin, Origin::Ours);
  EXPECT_EQ(history.movements[0].fee, units(90));
  EXPECT_TRUE(history.movements[0].outputs.empty());
}

TEST_F(HistoryOfOne, WhatOthersReceivedFromNobodyIsNotOurs) {
  add({text_of(20), 10, somebody(7), {{somebody(8), 300}, {own(), -90}}});
  node().to.push_back(text_of(20));
  const History history = page();
  ASSERT_EQ(history.movements.size(), 1U);
  EXPECT_EQ(history.movements[0].fee, units(90));
  EXPECT_TRUE(history.movements[0].outputs.empty());
}

TEST_F(HistoryOfOne, IsNotCompleteWhileOneOfTheListsHasMore) {
  node().page = 2;
  for (std::uint8_t i = 0; i < 3; ++i) {
    add({text_of(static_cast<std::uint8_t>(20 + i)), 10U + i, own(), {{own(), -340}, {somebody(8), 300}}});
    node().from.push_back(text_of(static_cast<std::uint8_t>(20 + i)));
  }
  const History history = page();
  EXPECT_EQ(digests(history), texts({20, 21}));
  EXPECT_FALSE(history.is_complete);
  EXPECT_TRUE(page(history.position).is_complete);
}

TEST_F(HistoryOfOne, EveryChangeOfTheBalanceIsInTheMovements) {
  receive(20, 10, 700);
  send(21, 11, 300, 40);
  add({text_of(22), 12, own(), {{own(), 60}}});
  node().to.push_back(text_of(22)), node().from.push_back(text_of(22));
  add({text_of(23), 13, own(), {{own(), -500}, {somebody(5), 400}, {somebody(6), 50}}});
  node().from.push_back(text_of(23));
  add({text_of(24), 14, somebody(7), {{somebody(7), -10}}});
  node().to.push_back(text_of(24));
  std::int64_t sum = 0;
  for (const Movement& movement : page().movements) {
    const std::int64_t sign = movement.origin == Origin::Ours ? -1 : 1;
    for (const Output& output : movement.outputs) sum += sign * output.amount.units();
    sum -= movement.fee.units();
  }
  EXPECT_EQ(sum, 700 - 340 + 60 - 500);
}

TEST(HistoryPosition, IsReadAsItIsWritten) {
  for (const HistoryPosition& position : {HistoryPosition{}, HistoryPosition{text_of(1), {}},
                                          HistoryPosition{{}, text_of(2)}, HistoryPosition{text_of(1), text_of(2)}})
    EXPECT_EQ(*parse_history_position(to_text(position)), position);
  EXPECT_EQ(*parse_history_position(""), HistoryPosition());
  for (const char* wrong : {"x", "to=", "to=,from", "to=0,from=", "from=,to=", "to=,from=x"})
    EXPECT_FALSE(parse_history_position(wrong)) << wrong;
}

}  // namespace
}  // namespace balans::api
