// The rules of the journal.
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/api/journal_accounts.hpp"

namespace balans::api::test {
namespace {

using namespace journal;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// A journal in memory: keeps everything, and gives `apply` all of it.
class JournalTest : public testing::Test {
 protected:
  std::vector<Outcomes> commit(const std::vector<Batch>& batches) {
    auto applied = apply(batches, book, now);
    EXPECT_TRUE(applied.ok()) << applied.error().message();
    if (applied->commit) keep(*applied->commit);
    return applied->outcomes;
  }
  Outcomes commit(const Batch& batch) { return commit(std::vector{batch}).front(); }
  std::vector<Outcome> commit(std::vector<Transfer> transfers) {
    return commit(Batch{{}, std::move(transfers)}).transfers;
  }
  Outcome commit(const Transfer& transfer) { return commit(std::vector{transfer}).front(); }
  void open(const std::vector<NewAccount>& accounts) {
    for (const Outcome& outcome : commit(Batch{accounts, {}}).accounts) EXPECT_TRUE(done(outcome));
  }
  void keep(const Commit& commit) {
    for (const Account& account : commit.accounts) {
      book.numbers.emplace(account.id, account.number);
      book.accounts.emplace(account.number, AccountState{account, {}});
    }
    for (const Entry& entry : commit.entries) book.entries.emplace(entry.id, KnownEntry{entry, commit.head.at});
    for (const ChangedBalance& changed : commit.balances) book.accounts.at(changed.account).balances = changed.balances;
    for (const OpenReserve& reserve : commit.opened) book.reserves.emplace(reserve.id, reserve);
    for (const Id& reserve : commit.closed) book.reserves.erase(reserve);
    book.head = commit.head;
    commits.push_back(commit);
  }
  [[nodiscard]] Balances balances(std::uint64_t number) const {
    return book.accounts.at(book.numbers.at(id(number))).balances;
  }
  [[nodiscard]] std::int64_t posted(std::uint64_t number) const { return balances(number).posted(); }
  [[nodiscard]] std::int64_t debits_pending(std::uint64_t number) const {
    return balances(number).debits_pending.units();
  }

  Book book;
  UnixTime now{1'760'000'000'000};
  std::vector<Commit> commits;
};

TEST_F(JournalTest, MovesAnAmountFromDebitToCredit) {
  open({unbounded(1), bounded(2)});
  EXPECT_TRUE(done(commit(pay(10, 1, 2, 70))));
  EXPECT_EQ(balances(1), (Balances{{}, units(70), {}, {}}));
  EXPECT_EQ(balances(2), (Balances{{}, {}, {}, units(70)}));
}

TEST_F(JournalTest, RefusesAnOverdraft) {
  open({unbounded(1), bounded(2), unbounded(3)});
  commit(pay(10, 1, 2, 70));
  EXPECT_EQ(refusal(commit(pay(11, 2, 3, 71))), Refusal::DebitsAboveBound);
  EXPECT_TRUE(done(commit(pay(12, 2, 3, 70))));
  EXPECT_EQ(posted(2), 0);
}

TEST_F(JournalTest, CountsReservesAgainstAnOverdraft) {
  open({unbounded(1), bounded(2), unbounded(3)});
  commit(pay(10, 1, 2, 70));
  EXPECT_TRUE(done(commit(hold(11, 2, 3, 50))));
  EXPECT_EQ(refusal(commit(pay(12, 2, 3, 21))), Refusal::DebitsAboveBound);
  EXPECT_EQ(refusal(commit(hold(13, 2, 3, 21))), Refusal::DebitsAboveBound);
  EXPECT_TRUE(done(commit(pay(14, 2, 3, 20))));
}

TEST_F(JournalTest, OverdrawsDownToTheCreditLimit) {
  open({bounded(1, 100), unbounded(2)});
  EXPECT_TRUE(done(commit(pay(10, 1, 2, 100))));
  EXPECT_EQ(refusal(commit(pay(11, 1, 2, 1))), Refusal::DebitsAboveBound);
}

TEST_F(JournalTest, RefusesToFillAnAccountBeyondItsBound) {
  NewAccount loan = unbounded(2);
  loan.credits_over = units(0);
  open({unbounded(1), loan});
  EXPECT_EQ(refusal(commit(pay(10, 1, 2, 1))), Refusal::CreditsAboveBound);
  EXPECT_TRUE(done(commit(pay(11, 2, 1, 30))));
  EXPECT_TRUE(done(commit(pay(12, 1, 2, 30))));
  EXPECT_EQ(refusal(commit(pay(13, 1, 2, 1))), Refusal::CreditsAboveBound);
}

TEST_F(JournalTest, AnswersTheSameIdWithTheFirstOutcome) {
  open({unbounded(1), unbounded(2)});
  const Outcome first = commit(pay(10, 1, 2, 5));
  now = now + 500_ms;
  const Outcome again = commit(pay(10, 1, 2, 5));
  ASSERT_TRUE(done(first) && exists(again));
  EXPECT_EQ(std::get<Exists>(again).commit, std::get<Done>(first).commit);
  EXPECT_EQ(std::get<Exists>(again).at, std::get<Done>(first).at);
  EXPECT_EQ(posted(2), 5);
  EXPECT_EQ(commits.size(), 2U) << "nothing is written for it";
}

TEST_F(JournalTest, RefusesTheSameIdWithAnyOtherField) {
  open({unbounded(1), unbounded(2), unbounded(3)});
  commit(hold(10, 1, 2, 5, 1000_ms));
  std::vector<Transfer> others(8, hold(10, 1, 2, 5, 1000_ms));
  others[0].amount = units(6);
  others[1].debit = id(3);
  others[2].credit = id(3);
  others[3].code = Code::Fee;
  others[4].reference = "other";
  others[5].time_out = 2000_ms;
  others[6].time_out.reset();
  others[7] = pay(10, 1, 2, 5);
  for (const Transfer& other : others) EXPECT_EQ(refusal(commit(other)), Refusal::IdTaken);
  EXPECT_EQ(refusal(commit(std::vector{linked(hold(10, 1, 2, 5, 1000_ms)), pay(11, 1, 2, 1)})[0]), Refusal::IdTaken);
  EXPECT_EQ(debits_pending(1), 5);
}

TEST_F(JournalTest, AnswersTheSameAccountOnceMoreAndRefusesAnother) {
  open({bounded(1, 100)});
  EXPECT_TRUE(exists(commit(Batch{{bounded(1, 100)}, {}}).accounts[0]));
  EXPECT_EQ(refusal(commit(Batch{{bounded(1, 101)}, {}}).accounts[0]), Refusal::IdTaken);
  EXPECT_EQ(refusal(commit(Batch{{bounded(1, 100, Asset::Kwh)}, {}}).accounts[0]), Refusal::IdTaken);
  EXPECT_EQ(book.accounts.size(), 1U);
}

TEST_F(JournalTest, TheSameIdTwiceInOneCommitIsMadeOnce) {
  open({unbounded(1), unbounded(2)});
  const auto outcomes =
      commit(std::vector<Batch>{{{}, {pay(10, 1, 2, 5)}}, {{}, {pay(10, 1, 2, 5), pay(10, 1, 2, 6)}}});
  EXPECT_TRUE(done(outcomes[0].transfers[0]));
  EXPECT_TRUE(exists(outcomes[1].transfers[0]));
  EXPECT_EQ(refusal(outcomes[1].transfers[1]), Refusal::IdTaken);
  EXPECT_EQ(posted(2), 5);
}

TEST_F(JournalTest, ARefusedTransferMayBeTriedAgain) {
  open({unbounded(1), bounded(2), unbounded(3)});
  EXPECT_TRUE(refusal(commit(pay(10, 2, 3, 5))));
  commit(pay(11, 1, 2, 5));
  EXPECT_TRUE(done(commit(pay(10, 2, 3, 5))));
}

TEST_F(JournalTest, PostsPartOfAReserveAndFreesTheRest) {
  open({unbounded(1), bounded(2), unbounded(3)});
  commit(std::vector{pay(10, 1, 2, 70), hold(11, 2, 3, 50)});
  EXPECT_TRUE(done(commit(settle(12, 11, 30))));
  EXPECT_EQ(balances(2), (Balances{{}, units(30), {}, units(70)}));
  EXPECT_EQ(balances(3), (Balances{{}, {}, {}, units(30)}));
  EXPECT_TRUE(book.reserves.empty());
}

TEST_F(JournalTest, AVoidFreesAllOfAReserve) {
  open({unbounded(1), unbounded(2)});
  commit(hold(11, 1, 2, 50));
  EXPECT_TRUE(done(commit(release(12, 11))));
  EXPECT_EQ(balances(1), Balances{});
  EXPECT_EQ(commits.back().entries[0].amount, units(50)) << "the entry leaves nothing out";
  EXPECT_EQ(commits.back().entries[0].debit, 1);
}

TEST_F(JournalTest, AReserveIsClosedOnce) {
  open({unbounded(1), unbounded(2)});
  commit(std::vector{hold(10, 1, 2, 50), hold(11, 1, 2, 50), pay(19, 1, 2, 1)});
  commit(settle(12, 10, 50));
  EXPECT_TRUE(exists(commit(settle(12, 10, 50))));
  EXPECT_EQ(refusal(commit(settle(13, 10, 1))), Refusal::ReserveClosed);
  EXPECT_EQ(refusal(commit(release(14, 10))), Refusal::ReserveClosed);
  EXPECT_EQ(refusal(commit(settle(15, 11, 51))), Refusal::AmountAboveReserve);
  EXPECT_EQ(refusal(commit(settle(16, 77, 1))), Refusal::ReserveUnknown);
  EXPECT_EQ(refusal(commit(settle(17, 19, 1))), Refusal::ReserveUnknown) << "a transfer is no reserve";
}

TEST_F(JournalTest, RefusesAPostWithOtherAccountsThanTheReserve) {
  open({unbounded(1), unbounded(2), unbounded(3)});
  commit(hold(10, 1, 2, 50));
  Transfer other = settle(11, 10, 50);
  other.credit = id(3);
  EXPECT_EQ(refusal(commit(other)), Refusal::ReserveDiffers);
  Transfer named = settle(12, 10, 50);
  named.debit = id(1);
  named.credit = id(2);
  EXPECT_TRUE(done(commit(named)));
  EXPECT_TRUE(exists(commit(settle(12, 10, 50)))) << "leaving the accounts out means the same";
}

TEST_F(JournalTest, AReserveOpenedAndClosedInOneCommitWasNeverOpen) {
  open({unbounded(1), unbounded(2)});
  commit(std::vector{hold(10, 1, 2, 50), settle(11, 10, 20)});
  EXPECT_TRUE(commits.back().opened.empty() && commits.back().closed.empty());
  EXPECT_EQ(balances(2), (Balances{{}, {}, {}, units(20)}));
}

TEST_F(JournalTest, VoidsAReserveWhenItsTimeIsOver) {
  open({unbounded(1), bounded(2), unbounded(3)});
  commit(std::vector{pay(10, 1, 2, 50), hold(11, 2, 3, 50, 1000_ms)});
  now = now + 999_ms;
  EXPECT_EQ(refusal(commit(pay(12, 2, 3, 50))), Refusal::DebitsAboveBound);
  now = now + 1_ms;
  EXPECT_TRUE(done(commit(pay(12, 2, 3, 50)))) << "what was reserved is free for the first transfer after it";
  const Entry& over = commits.back().entries[0];
  EXPECT_EQ(over.id, time_out_of(id(11)));
  EXPECT_EQ(over.kind, Kind::Void);
  EXPECT_EQ(over.code, Code::TimeOut);
  EXPECT_EQ(refusal(commit(settle(13, 11, 50))), Refusal::ReserveTimedOut);
}

TEST_F(JournalTest, RecordsTimeOutsWithoutAnyRequest) {
  open({unbounded(1), unbounded(2)});
  commit(std::vector{hold(11, 1, 2, 50, 2000_ms), hold(12, 1, 2, 50, 1000_ms), hold(13, 1, 2, 50)});
  now = now + 2000_ms;
  EXPECT_TRUE(commit(std::vector<Batch>{}).empty());
  ASSERT_EQ(commits.back().entries.size(), 2U);
  EXPECT_EQ(commits.back().entries[0].reserve, id(12)) << "in the order of their times";
  EXPECT_EQ(debits_pending(1), 50);
}

TEST_F(JournalTest, ItsTimeNeverFalls) {
  open({unbounded(1), unbounded(2)});
  const UnixTime before = book.head.at;
  now = UnixTime(5);
  const Outcome outcome = commit(pay(10, 1, 2, 1));
  EXPECT_EQ(std::get<Done>(outcome).at, before);
  EXPECT_EQ(book.head.at, before);
}

TEST_F(JournalTest, AChainIsMadeAsAWholeOrNotAtAll) {
  open({unbounded(1), bounded(2), unbounded(3)});
  const auto failed = commit(std::vector{linked(pay(10, 1, 2, 5)), linked(hold(11, 1, 3, 9)), linked(pay(12, 2, 3, 6)),
                                         pay(13, 1, 3, 1), pay(14, 1, 3, 2)});
  EXPECT_EQ(refusal(failed[0]), Refusal::ChainFailed);
  EXPECT_EQ(refusal(failed[1]), Refusal::ChainFailed);
  EXPECT_EQ(refusal(failed[2]), Refusal::DebitsAboveBound);
  EXPECT_EQ(refusal(failed[3]), Refusal::ChainFailed);
  EXPECT_TRUE(done(failed[4])) << "outside the chain";
  EXPECT_EQ(balances(2), Balances{});
  EXPECT_EQ(balances(3), (Balances{{}, {}, {}, units(2)}));
  EXPECT_TRUE(book.reserves.empty());
  for (const Outcome& outcome : commit(std::vector{linked(pay(10, 1, 2, 5)), pay(12, 2, 3, 5)}))
    EXPECT_TRUE(done(outcome));
}

TEST_F(JournalTest, AFailedChainLeavesItsReservesOpen) {
  open({unbounded(1), bounded(2)});
  commit(hold(10, 1, 2, 50));
  const auto outcomes = commit(std::vector{linked(settle(11, 10, 50)), pay(12, 2, 1, 51), settle(13, 10, 40)});
  EXPECT_EQ(refusal(outcomes[0]), Refusal::ChainFailed);
  EXPECT_TRUE(done(outcomes[2])) << "in the same commit";
  EXPECT_EQ(posted(2), 40);
}

TEST_F(JournalTest, AnswersAChainThatWasMadeBefore) {
  open({unbounded(1), unbounded(2)});
  const std::vector chain{linked(pay(10, 1, 2, 5)), pay(11, 2, 1, 5)};
  commit(chain);
  for (const Outcome& outcome : commit(chain)) EXPECT_TRUE(exists(outcome));
  const auto mixed = commit(std::vector{linked(pay(12, 1, 2, 5)), pay(11, 2, 1, 5)});
  EXPECT_EQ(refusal(mixed[0]), Refusal::ChainKnown);
  EXPECT_TRUE(exists(mixed[1]));
  const auto twice = commit(std::vector{linked(pay(13, 1, 2, 5)), linked(pay(13, 1, 2, 5)), pay(14, 1, 2, 5)});
  for (const Outcome& outcome : twice) EXPECT_FALSE(done(outcome));
  EXPECT_EQ(posted(2), 0);
}

TEST_F(JournalTest, RefusesAChainThatDoesNotEnd) {
  open({unbounded(1), unbounded(2)});
  const auto outcomes = commit(std::vector{pay(9, 1, 2, 1), linked(pay(10, 1, 2, 5)), linked(pay(11, 2, 1, 5))});
  EXPECT_TRUE(done(outcomes[0]));
  EXPECT_EQ(refusal(outcomes[1]), Refusal::ChainOpen);
  EXPECT_EQ(refusal(outcomes[2]), Refusal::ChainOpen);
}

TEST_F(JournalTest, ConvertsThroughADealerWithTwoLinkedTransfers) {
  open({unbounded(1), bounded(2), bounded(3, 0, Asset::Iota), bounded(4, 0, Asset::Iota), unbounded(5, Asset::Iota)});
  commit(std::vector{pay(10, 1, 2, 100), pay(11, 5, 4, 900)});
  const auto made = commit(std::vector{linked(pay(12, 2, 1, 100)), pay(13, 4, 3, 800)});
  EXPECT_TRUE(done(made[0]) && done(made[1]));
  EXPECT_EQ(posted(3), 800);
  commit(pay(14, 1, 2, 100));
  const auto refused = commit(std::vector{linked(pay(15, 2, 1, 100)), pay(16, 4, 3, 101)});
  EXPECT_EQ(refusal(refused[0]), Refusal::ChainFailed);
  EXPECT_EQ(posted(2), 100) << "nobody pays for what the dealer has not got";
}

TEST_F(JournalTest, RefusesWhatDoesNotFit) {
  open({unbounded(1), unbounded(2), unbounded(3)});
  EXPECT_TRUE(done(commit(pay(10, 1, 2, kMost))));
  EXPECT_EQ(refusal(commit(pay(11, 1, 2, 1))), Refusal::Overflow);
  EXPECT_EQ(refusal(commit(hold(12, 3, 2, 1))), Refusal::Overflow) << "it could never be posted";
}

TEST_F(JournalTest, RefusesWhatMakesNoSense) {
  open({unbounded(1), unbounded(2), unbounded(3, Asset::Kwh)});
  EXPECT_EQ(refusal(commit(pay(10, 1, 1, 5))), Refusal::SameAccount);
  EXPECT_EQ(refusal(commit(pay(10, 1, 2, 0))), Refusal::AmountMissing);
  EXPECT_EQ(refusal(commit(pay(10, 77, 2, 5))), Refusal::DebitUnknown);
  EXPECT_EQ(refusal(commit(pay(10, 1, 77, 5))), Refusal::CreditUnknown);
  EXPECT_EQ(refusal(commit(pay(10, 1, 3, 5))), Refusal::AssetsDiffer);
  Transfer wrong = pay(10, 1, 2, 5);
  wrong.id = {};
  EXPECT_EQ(refusal(commit(wrong)), Refusal::IdMissing);
  wrong.id = time_out_of(id(10));
  EXPECT_EQ(refusal(commit(wrong)), Refusal::IdOfTheJournal);
  wrong = pay(10, 1, 2, 5);
  wrong.code = Code::TimeOut;
  EXPECT_EQ(refusal(commit(wrong)), Refusal::CodeOfTheJournal);
  wrong = pay(10, 1, 2, 5);
  wrong.time_out = 5_ms;
  EXPECT_EQ(refusal(commit(wrong)), Refusal::FieldNotAllowed);
  wrong = pay(10, 1, 2, 5);
  wrong.reserve = id(9);
  EXPECT_EQ(refusal(commit(wrong)), Refusal::FieldNotAllowed);
  EXPECT_EQ(refusal(commit(hold(10, 1, 2, 5, 0_ms))), Refusal::TimeOutNotAllowed);
  EXPECT_EQ(refusal(commit(hold(10, 1, 2, 5, kLongestTimeOut + 1_ms))), Refusal::TimeOutNotAllowed);
  wrong = pay(10, 1, 2, 5);
  wrong.reference = std::string(kMostReference + 1, 'x');
  EXPECT_EQ(refusal(commit(wrong)), Refusal::TextNotAllowed);
  wrong.reference = "a\nb";
  EXPECT_EQ(refusal(commit(wrong)), Refusal::TextNotAllowed);
  EXPECT_EQ(commits.size(), 1U) << "nothing of it is written";
}

TEST_F(JournalTest, RefusesABatchThatIsTooLong) {
  open({unbounded(1), unbounded(2)});
  std::vector<Transfer> many;
  for (std::uint64_t i = 0; i < kMostInCommit; ++i) many.push_back(pay(100 + i, 1, 2, 1));
  EXPECT_TRUE(done(commit(many).back()));
  for (Transfer& each : many) each.id.low += 1'000'000;
  many.push_back(pay(99, 1, 2, 1));
  EXPECT_EQ(refusal(commit(many)[0]), Refusal::BatchTooLong);
}

TEST_F(JournalTest, EveryCommitIsLinkedToAllBeforeIt) {
  open({unbounded(1), unbounded(2)});
  commit(pay(10, 1, 2, 5));
  Digest digest;
  for (const Commit& each : commits) {
    digest = next_digest(digest, each);
    EXPECT_EQ(digest, each.head.digest);
  }
  std::set<std::string> different{canonical_bytes(commits[1])};
  std::vector<Commit> others(7, commits[1]);
  others[0].entries[0].amount = units(6);
  others[1].entries[0].reference = "x";
  others[2].entries[0].credit = 3;
  others[3].head.at = others[3].head.at + 1_ms;
  others[4].entries[0].time_out = 0_ms;
  others[5].entries[0].link = Link::WithNext;
  others[6].head.commit = 3;
  for (const Commit& other : others) EXPECT_TRUE(different.insert(canonical_bytes(other)).second);
}

TEST_F(JournalTest, TheBytesOfACommitStayAsTheyAre) {
  open({bounded(1, 7), unbounded(2)});
  commit(std::vector{hold(10, 2, 1, 5, 1000_ms), settle(11, 10, 4)});
  // Made by another program (Python's hashlib) from the description in docs/ledger.md.
  EXPECT_EQ(to_hex(book.head.digest.bytes), "1f92556e579f862aa8f06805d11ecb2fa843559272de118609c0ae0d555e125b");
}

}  // namespace
}  // namespace balans::api::test
