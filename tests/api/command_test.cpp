// The program's commands: what they print, what they leave behind, and how they end.
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "api/app/journal.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "common/state_versions.hpp"
#include "tests/api/program.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

struct Ran {
  int code = -1;
  std::string out;  ///< standard output and standard error
};

class CommandTest : public testing::Test {
 protected:
  CommandTest() { write_config("api.yaml", "balans.sqlite"); }

  void write_config(const std::string& file, const std::string& database) const {
    const EnrolledSite& site = street.roster.sites.at(street.site);
    std::ofstream out(folder / file);
    out << "deployment: \"" << to_hex(street.roster.deployment.bytes) << "\"\nlisten: { host: 127.0.0.1, port: 0 }\n"
        << "database: " << database << "\nretention: { raw_days: 36500, minute_days: 36500 }\nsites:\n"
        << "  - { id: elm-street, key: \"" << to_hex(site.key.bytes) << "\", agents: [";
    const char* separator = "";
    for (const auto& [agent, key] : site.agents) {
      out << separator << "{ id: " << agent.str() << ", key: \"" << to_hex(key.bytes) << "\" }";
      separator = ", ";
    }
    out << "] }\n";
  }
  Ran run(const std::string& words, const std::string& config = "api.yaml") const {
    const std::string command =
        std::string(BALANS_API) + " " + words + " --config " + (folder / config).string() + " 2>&1";
    FILE* output = popen(command.c_str(), "r");
    Ran ran;
    for (int c = fgetc(output); c != EOF; c = fgetc(output)) ran.out += static_cast<char>(c);
    const int status = pclose(output);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
  }
  void expect(const std::string& words, int code, const std::string& text,
              const std::string& config = "api.yaml") const {
    const Ran ran = run(words, config);
    EXPECT_EQ(ran.code, code) << words << ": " << ran.out;
    EXPECT_NE(ran.out.find(text), std::string::npos) << words << ": " << ran.out;
  }
  void store_readings() {
    const auto store = *open_sqlite_store(folder / "balans.sqlite");
    TestClock clock;
    const auto events = *EventLog::open(folder / "events.jsonl", clock);
    const auto outcome = IngestReadings(Retention(), clock, *events)
                             .run(street.roster, *store, street.site, "k",
                                  ingest_body({street.sealed(street.batch(street.charger, 1, 50))}));
    EXPECT_TRUE(std::holds_alternative<IngestReadings::Committed>(outcome));
  }

  Street street;
  Folder folder;
};

TEST_F(CommandTest, TokensAreMadeListedAndRevoked) {
  const Ran made = run("token add dashboard --scope operate --site elm-street --days 7");
  EXPECT_EQ(made.code, 0);
  ASSERT_TRUE(made.out.starts_with("balans_")) << made.out;
  const std::string id = made.out.substr(7, 8);
  EXPECT_NE(made.out.find("This is the only time it is shown. Its id is " + id), std::string::npos) << made.out;
  const Ran listed = run("token list");
  EXPECT_TRUE(listed.out.starts_with(id + "  operate  elm-street  made ")) << listed.out;
  EXPECT_TRUE(listed.out.ends_with("  dashboard\n")) << listed.out;
  EXPECT_EQ(listed.out.find(made.out.substr(16, 20)), std::string::npos) << "its secret is nowhere";
  EXPECT_EQ(run("token revoke " + id).code, 0);
  expect("token list", 0, "  revoked ");
  expect("token revoke " + id, 1, "is no token that still holds");
}

TEST_F(CommandTest, TokensOfWrongWordsAreRefused) {
  expect("token add x --scope rule", 1, "--scope");
  expect("token add x --site 'Elm Street'", 1, "--site");
  expect("token add x --days 0", 2, "--days");
  expect("token add", 2, "NAME");
  expect("token", 2, "subcommand");
  EXPECT_EQ(run("token list").out, "");
}

TEST_F(CommandTest, SitesAreGivenCodesListedAndLetGo) {
  const Ran code = run("site pair --site fir-street");
  EXPECT_EQ(code.code, 0);
  EXPECT_EQ(code.out.find('-'), 4U) << code.out;
  EXPECT_NE(code.out.find("Good once, until "), std::string::npos) << code.out;
  EXPECT_NE(code.out.find(", for fir-street."), std::string::npos) << code.out;
  expect("site pair", 0, "a site with a new name");
  expect("site list", 0, "elm-street  " + to_hex(street.site_key->public_key().bytes) + "  2 agents  from the config");
  expect("site remove elm-street", 1, "is listed in the config file");
  expect("site remove fir-street", 1, "is not enrolled");
  const auto store = *open_sqlite_store(folder / "balans.sqlite");
  const PairedSite paired{*SiteId::parse("fir-street"), street.boiler_key->public_key(), {}};
  EXPECT_TRUE(store->transaction([&] { return store->enrolments().put(paired); }).ok());
  expect("site list", 0, "0 agents  paired");
  EXPECT_EQ(run("site remove fir-street").code, 0);
  expect("site remove fir-street", 1, "is not enrolled");
}

TEST_F(CommandTest, MigrateSaysWhetherTheSchemaIsUpToDate) {
  const std::string known = std::to_string(state::kReadings);
  expect("migrate --check", 1, "schema version 0 of " + known);
  EXPECT_FALSE(std::filesystem::exists(folder / "balans.sqlite")) << "it only looks";
  EXPECT_EQ(run("migrate").code, 0);
  expect("migrate --check", 0, "schema version " + known + " of " + known);
  ASSERT_TRUE(sqlite::Database::open(folder / "balans.sqlite")->execute("PRAGMA user_version = 99", "age").ok());
  expect("migrate --check", 1, "is newer than this program");
  expect("migrate", 1, "99");
  expect("token list", 1, "99");
  Program program(folder / "api.yaml", folder / "events.jsonl");
  EXPECT_NE(program.read_line().find("99"), std::string::npos);
  EXPECT_NE(program.end(0), 0);
}

TEST_F(CommandTest, ExportsReadingsForOtherTools) {
  store_readings();
  const Ran csv = run("export --csv --site elm-street --agent charger-1");
  EXPECT_EQ(csv.code, 0);
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 51) << "a head and the rows";
  const Ran lines = run("export --from 2019-04-03T14:10:00Z --to 2019-04-03T14:20:00Z");
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 10) << lines.out;
  EXPECT_TRUE(lines.out.starts_with("{")) << lines.out;
  EXPECT_EQ(run("export --csv --out " + (folder / "out.csv").string()).code, 0);
  EXPECT_GT(std::filesystem::file_size(folder / "out.csv"), 1000U);
  expect("export --from yesterday", 1, "--from");
  expect("export --csv --jsonl", 2, "--jsonl");
  expect("export --out /nowhere/out.csv", 1, "/nowhere/out.csv");
}

TEST_F(CommandTest, BacksUpAndRestores) {
  store_readings();
  const std::string backup = (folder / "backup").string();
  EXPECT_EQ(run("backup " + backup).code, 0);
  expect("backup " + backup, 1, "is there already");
  expect("backup", 2, "FILE");
  expect("restore " + backup, 1, "is there already");
  write_config("other.yaml", "other.sqlite");
  expect("restore " + (folder / "missing").string(), 1, "missing", "other.yaml");
  EXPECT_EQ(run("restore " + backup, "other.yaml").code, 0);
  EXPECT_EQ(run("export --csv", "other.yaml").out, run("export --csv").out);
}

TEST_F(CommandTest, TheLedgerIsAuditedAndRead) {
  expect("ledger audit", 0, "The journal is sound: 0 commits");
  const journal::Id cash{0x0199'c82c'c000'0000, 1}, home{0x0199'c82c'c000'0000, 2};
  const journal::Batch batch{{{cash, trade::Asset::Eur, journal::AccountKind::Cash, {}, "", {}, {}},
                              {home, trade::Asset::Eur, journal::AccountKind::Household, {}, "", trade::Amount(), {}}},
                             {journal::transfer({0x0199'c82c'c000'0000, 3}, cash, home, *trade::Amount::of(12'500'000),
                                                journal::Code::Deposit)}};
  {
    const auto store = *open_sqlite_store(folder / "balans.sqlite");
    const auto posted = post_transfers(*store, {&batch, 1}, UnixTime(1'760'000'000'000));
    ASSERT_TRUE(posted.ok() && posted->front().all_there());
  }
  expect("ledger audit", 0, "1 commits, 2 accounts, 1 transfers");
  expect("ledger trial-balance", 0, "debits 12.500000 credits 12.500000");
  EXPECT_EQ(run("ledger trial-balance --at 2020-01-01T00:00:00Z").out, "");
  expect("ledger statement " + to_text(home), 0, "deposit");
  EXPECT_EQ(run("ledger statement " + to_text(home) + " --csv --from 2030-01-01T00:00:00Z").out,
            "at,transfer,kind,code,side,counterparty,amount,posted,reference\r\n");
  expect("ledger statement 0199c82cc00000000000000000000009", 1, "is no account");
  expect("ledger statement elm", 1, "ACCOUNT");
  expect("ledger trial-balance --at yesterday", 1, "--at");
  auto database = *sqlite::Database::open(folder / "balans.sqlite");
  ASSERT_TRUE(database.execute("DROP TRIGGER transfer_stays; UPDATE transfer SET amount = 1", "break it").ok());
  expect("ledger audit", 1, "commit 1");
}

TEST_F(CommandTest, AWrongCommandIsSaidAtOnce) {
  EXPECT_EQ(run("burn").code, 2);
  EXPECT_EQ(run("token list", "missing.yaml").code, 2);
  expect("--check", 0, "");
  EXPECT_FALSE(std::filesystem::exists(folder / "balans.sqlite"));
}

}  // namespace
}  // namespace balans::api::test
