// balans-api ledger settlements|settlement|approve|withdraw: what is paid out on a chain, looked at and decided by who
// sits at the api's own machine.
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>

#include "api/app/settlement_requests.hpp"
#include "api/command/commands.hpp"
#include "api/core/rfc3339.hpp"
#include "api/http/routes/settlement_json.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::api {
namespace {

using settlement::Settlement;

struct Arguments {
  bool json = false;
  std::string id, state, by;
  std::size_t limit = 50;
};

void print_line(const Settlement& settlement, const SettlementDesk& desk) {
  const bool waits = is_open(settlement) && !settlement.approval && live_attempt(settlement) == nullptr &&
                     total_of(settlement) > desk.terms.rules.approve_above;
  std::cout << to_text(settlement.id) << "  " << to_rfc3339(settlement.made) << "  " << name_of(settlement.state)
            << "  " << name_of(settlement.purpose) << "  " << trade::to_decimal(total_of(settlement), settlement.asset)
            << " " << trade::name_of(settlement.asset) << "  payouts " << settlement.payouts.size() << "  attempts "
            << settlement.attempts.size() << (waits ? "  waits for approval" : "") << "\n";
}

void print(const Settlement& settlement, const SettlementDesk& desk, const Arguments& arguments) {
  if (!arguments.json) return print_line(settlement, desk);
  json::Writer w;
  write(w, settlement, desk);
  std::cout << w.take() << "\n";
}

Result<void> list(Store& store, const SettlementDesk& desk, const Arguments& arguments) {
  const auto all =
      store.settlements().settlements(desk.terms.books.chain, std::nullopt, arguments.limit, arguments.state);
  if (!all) return all.error();
  for (const Settlement& settlement : *all) print(settlement, desk, arguments);
  return {};
}

Result<Settlement> find(Store& store, const Arguments& arguments) {
  const auto id = journal::parse_id(arguments.id);
  if (!id) return id.error().within("ID");
  auto found = store.settlements().find(*id);
  if (!found) return found.error();
  if (!*found) return Error{arguments.id, "is no settlement"};
  return **std::move(found);
}

Result<void> show(Store& store, const SettlementDesk& desk, const Arguments& arguments) {
  const auto found = find(store, arguments);
  if (!found) return found.error();
  print(*found, desk, arguments);
  if (arguments.json) return {};
  for (const settlement::Payout& payout : found->payouts)
    std::cout << "  pays " << trade::to_decimal(payout.amount, found->asset) << " of account "
              << to_text(payout.account) << " to " << payout.address << "\n";
  for (const settlement::Attempt& attempt : found->attempts)
    std::cout << "  attempt " << attempt.number << "  " << attempt_state_name(attempt.state) << "  "
              << attempt.transaction.digest << "\n";
  return {};
}

Result<void> approve(Store& store, const SettlementDesk& desk, const Arguments& arguments) {
  const auto found = find(store, arguments);
  if (!found) return found.error();
  if (auto done = approve_settlement(store, found->id, arguments.by, SystemClock().utc()); !done) return done;
  return show(store, desk, arguments);
}

Result<void> withdraw(Store& store, const SettlementDesk& desk, const Arguments& arguments) {
  const auto found = find(store, arguments);
  if (!found) return found.error();
  if (auto done = withdraw_settlement(store, desk.terms, found->id, arguments.by, SystemClock().utc()); !done)
    return done;
  return show(store, desk, arguments);
}

int at_the_desk(const Config& config, const std::function<Result<void>(Store&, const SettlementDesk&)>& work) {
  const auto run = [&]() -> Result<void> {
    if (!config.settlement) return Error{"settlement", "no chain is configured"};
    const SettlementDesk desk{
        terms_of(*config.settlement, config.roster.deployment), {}, config.settlement->network.explorer};
    if (auto migrated = migrate(config.database); !migrated) return migrated;
    const auto store = open_store(config.database);
    return store ? work(**store, desk) : store.error();
  };
  const auto done = run();
  if (done) return kExitOk;
  std::cerr << kProgram << ": " << done.error().message() << "\n";
  return kExitFailure;
}

}  // namespace

std::vector<Command> add_settlement_commands(CLI::App& ledger) {
  const auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* help) {
    CLI::App& command = *ledger.add_subcommand(name, help);
    command.add_flag("--json", arguments->json, "one JSON object a line");
    return &command;
  };
  const auto add_for_one = [&](const char* name, const char* help) {
    CLI::App* command = add(name, help);
    command->add_option("ID", arguments->id, "of the settlement, 32 digits")->required();
    return command;
  };
  CLI::App* listing = add("settlements", "what is paid out on the chain, newest first");
  listing->add_option("--state", arguments->state, "only these")->check(CLI::IsMember({"open", "settled", "given-up"}));
  listing->add_option("--limit", arguments->limit, "at most so many")->check(CLI::Range(1, 1000));
  CLI::App* showing = add_for_one("settlement", "one settlement with its payouts and attempts");
  CLI::App* approving = add_for_one("approve", "a settlement that waits for a second person");
  CLI::App* withdrawing = add_for_one("withdraw", "a settlement of which no attempt can be executed");
  for (CLI::App* command : {approving, withdrawing})
    command->add_option("--by", arguments->by, "who decides: a person's name")->required();
  const auto command = [arguments](CLI::App* parsed,
                                   Result<void> (*work)(Store&, const SettlementDesk&, const Arguments&)) {
    return Command{parsed, [arguments, work](const Config& config) {
                     return at_the_desk(config, [&](Store& store, const SettlementDesk& desk) {
                       return work(store, desk, *arguments);
                     });
                   }};
  };
  return {command(listing, list), command(showing, show), command(approving, approve), command(withdrawing, withdraw)};
}

}  // namespace balans::api
