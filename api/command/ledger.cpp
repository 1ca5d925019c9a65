// balans-api ledger audit|trial-balance|statement: the journal, looked at.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "api/app/journal_audit.hpp"
#include "api/app/journal_report.hpp"
#include "api/command/commands.hpp"
#include "api/core/rfc3339.hpp"
#include "common/io/runtime/program.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

struct Arguments {
  bool csv = false;
  bool json = false;
  std::string account, at, from, to;
};

/// The work has transactions of its own, or needs none.
int on_store(const Config& config, const std::function<Result<void>(Store&)>& work) {
  const auto run = [&]() -> Result<void> {
    if (auto migrated = migrate(config.database); !migrated) return migrated;
    const auto store = open_store(config.database);
    return store ? work(**store) : store.error();
  };
  const auto done = run();
  if (done) return kExitOk;
  std::cerr << kProgram << ": " << done.error().message() << "\n";
  return kExitFailure;
}

Result<std::optional<UnixTime>> time_of(const char* option, const std::string& text) {
  if (text.empty()) return std::optional<UnixTime>();
  const auto time = parse_rfc3339(text);
  if (!time) return time.error().within(option);
  return std::optional(*time);
}

Result<void> audit(Store& store, const Arguments& arguments) {
  const auto report = audit_journal(store);
  if (!report) return report.error().within("the journal is not sound");
  const auto& [head, transfers, balances, open_reserves, totals] = *report;
  if (arguments.json) {
    json::Writer writer;
    writer.begin_object().key("commits").integer(head.commit).key("head").string(to_hex(head.digest.bytes));
    writer.key("accounts").integer(head.accounts).key("transfers").integer(transfers);
    writer.key("balances").integer(balances).key("open_reserves").integer(open_reserves);
    std::cout << writer.end_object().take() << "\n";
    return {};
  }
  std::cout << "The journal is sound: " << head.commit << " commits, " << head.accounts << " accounts, " << transfers
            << " transfers, " << balances << " balances, " << open_reserves << " open reserves.\n";
  write_trial_balance(totals, LedgerFormat::Text, std::cout);
  std::cout << "head " << to_hex(head.digest.bytes) << "\n";
  return {};
}

Result<void> trial_balance(Store& store, const Arguments& arguments) {
  const auto at = time_of("--at", arguments.at);
  if (!at) return at.error();
  const auto totals = store.journal().trial_balance(*at);
  if (!totals) return totals.error();
  write_trial_balance(*totals, arguments.json ? LedgerFormat::Json : LedgerFormat::Text, std::cout);
  for (const TrialBalance& total : *totals)
    if (!total.is_even())
      return Error{std::string(trade::name_of(total.asset)), "debits and credits differ; `ledger audit` says where"};
  return {};
}

Result<void> statement(Store& store, const Arguments& arguments) {
  const auto from = time_of("--from", arguments.from);
  if (!from) return from.error();
  const auto to = time_of("--to", arguments.to);
  if (!to) return to.error();
  const auto id = journal::parse_id(arguments.account);
  if (!id) return id.error().within("ACCOUNT");
  const auto account = store.journal().account(*id);
  if (!account) return account.error();
  if (!*account) return Error{arguments.account, "is no account"};
  const LedgerFormat format = arguments.csv    ? LedgerFormat::Csv
                              : arguments.json ? LedgerFormat::Json
                                               : LedgerFormat::Text;
  return write_statement(store.journal(), **account, *from, *to, format, std::cout);
}

}  // namespace

std::vector<Command> add_ledger_commands(CLI::App& app) {
  CLI::App& ledger = *app.add_subcommand("ledger", "the journal: the book of record for money");
  ledger.require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& auditing =
      *ledger.add_subcommand("audit", "verify the chain and every balance; exit code 1 where one is wrong");
  auditing.add_flag("--json", arguments->json, "for other programs");
  CLI::App& trial = *ledger.add_subcommand("trial-balance", "debits and credits of each asset");
  trial.add_option("--at", arguments->at, "at this time (RFC 3339) instead of now");
  trial.add_flag("--json", arguments->json, "for other programs");
  CLI::App& stating = *ledger.add_subcommand("statement", "an account's transfers with its running balance");
  stating.add_option("ACCOUNT", arguments->account, "its id, 32 digits")->required();
  stating.add_option("--from", arguments->from, "from this time on (RFC 3339)");
  stating.add_option("--to", arguments->to, "before this time");
  CLI::Option* csv = stating.add_flag("--csv", arguments->csv, "comma-separated values with a head (RFC 4180)");
  stating.add_flag("--json", arguments->json, "one JSON object a line")->excludes(csv);
  const auto command = [arguments](CLI::App& parsed, Result<void> (*work)(Store&, const Arguments&)) {
    return Command{&parsed, [arguments, work](const Config& config) {
                     return on_store(config, [&](Store& store) { return work(store, *arguments); });
                   }};
  };
  std::vector<Command> all = add_settlement_commands(ledger);
  for (const Command& each : {command(auditing, audit), command(trial, trial_balance), command(stating, statement)})
    all.push_back(each);
  return all;
}

}  // namespace balans::api
