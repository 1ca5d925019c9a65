// The journal as people and other programs read it.
#include <gtest/gtest.h>

#include <sstream>

#include "api/app/journal.hpp"
#include "api/app/journal_report.hpp"
#include "api/store/open.hpp"
#include "tests/api/journal_accounts.hpp"
#include "tests/api/senders.hpp"

namespace balans::api::test {
namespace {

class JournalReportTest : public testing::Test {
 protected:
  void SetUp() override {
    const DatabaseAddress address = folder / "balans.sqlite";
    ASSERT_TRUE(migrate(address).ok());
    store = *open_store(address);
    journal::Transfer quoted = pay(11, 2, 1, 2'500'000);
    quoted.reference = "rate 1.07, \"ECB\"";
    const journal::Batch batch{{unbounded(1), bounded(2)}, {pay(10, 1, 2, 12'000'000), quoted, hold(12, 2, 1, 1)}};
    const auto posted = post_transfers(*store, {&batch, 1}, UnixTime(1'760'000'000'000));
    ASSERT_TRUE(posted.ok() && posted->front().all_there());
  }
  std::string statement(std::uint64_t account, LedgerFormat format, std::optional<UnixTime> from = {}) {
    std::ostringstream out;
    const auto found = store->journal().account(id(account));
    EXPECT_TRUE(write_statement(store->journal(), **found, from, {}, format, out).ok());
    return out.str();
  }

  Folder folder;
  std::unique_ptr<Store> store;
};

TEST_F(JournalReportTest, WritesAStatementAsCsv) {
  const std::string other = to_text(id(1));
  EXPECT_EQ(statement(2, LedgerFormat::Csv),
            "at,transfer,kind,code,side,counterparty,amount,posted,reference\r\n"
            "2025-10-09T08:53:20.000Z," +
                to_text(id(10)) + ",transfer,energy,credit," + other +
                ",12.000000,12.000000,\r\n"
                "2025-10-09T08:53:20.000Z," +
                to_text(id(11)) + ",transfer,energy,debit," + other +
                ",2.500000,9.500000,\"rate 1.07, \"\"ECB\"\"\"\r\n"
                "2025-10-09T08:53:20.000Z," +
                to_text(id(12)) + ",reserve,reservation,debit," + other + ",0.000001,9.500000,\r\n");
}

TEST_F(JournalReportTest, WritesAStatementAsOneObjectALine) {
  const std::string lines = statement(1, LedgerFormat::Json);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_NE(lines.find(R"("side":"debit")"), std::string::npos) << lines;
  EXPECT_NE(lines.find(R"("posted":"-12.000000")"), std::string::npos) << lines;
  EXPECT_NE(lines.find(R"("reference":"rate 1.07, \"ECB\"")"), std::string::npos) << lines;
}

TEST_F(JournalReportTest, APrintedStatementBeginsWithWhatWasThereBefore) {
  const std::string all = statement(2, LedgerFormat::Text);
  EXPECT_NE(all.find(to_text(id(2))), std::string::npos) << all;
  EXPECT_NE(all.find(" 9.500000"), std::string::npos) << all;
  const std::string later = statement(2, LedgerFormat::Text, UnixTime(1'760'000'000'001));
  EXPECT_EQ(std::count(later.begin(), later.end(), '\n'), 2) << later;
  EXPECT_NE(later.find(" 9.500000"), std::string::npos) << later;
}

TEST_F(JournalReportTest, WritesTheTrialBalance) {
  const auto totals = *store->journal().trial_balance({});
  std::ostringstream json, text;
  write_trial_balance(totals, LedgerFormat::Json, json);
  write_trial_balance(totals, LedgerFormat::Text, text);
  EXPECT_EQ(json.str(),
            R"({"assets":[{"asset":"EUR","accounts":2,"debits_posted":"14.500000","credits_posted":"14.500000",)"
            R"("debits_pending":"0.000001","credits_pending":"0.000001"}]})"
            "\n");
  EXPECT_NE(text.str().find("debits 14.500000 credits 14.500000"), std::string::npos) << text.str();
}

}  // namespace
}  // namespace balans::api::test
