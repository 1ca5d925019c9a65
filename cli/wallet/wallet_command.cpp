// balans wallet: wallets of accounts, at an api. Keys are kept there, or here.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/wallet/wallet_commands.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

using Shared = std::shared_ptr<WalletArguments>;

void add_api_options(CLI::App& command, const Shared& arguments) {
  command.add_option("--api", arguments->api.url, "where the api is: https://…")->required()->type_name("URL");
  command.add_option("--token-file", arguments->api.token, "a file of mode 0600 with the api's token")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--ca", arguments->api.http.tls.ca, "the authority of the api's certificate (default: the system's)")
      ->type_name("FILE");
}

void add_password_option(CLI::App& command, const Shared& arguments) {
  command
      .add_option("--password-file", arguments->password_file,
                  "a file of mode 0600 whose first line is the password (default: it is typed)")
      ->type_name("FILE");
}

void add_named(CLI::App& command, const Shared& arguments) {
  command.add_option("--wallet", arguments->wallet, "its id")->type_name("ID");
  command.add_option("--key", arguments->key, "the file of a key that is kept here, which names the wallet")
      ->type_name("FILE");
  command.add_flag("--json", arguments->json, "as JSON");
}

void add_making(CLI::App& command, const Shared& arguments) {
  command.add_option("--account", arguments->account, "the account of the journal whose wallet it is")->type_name("ID");
  command
      .add_option("--keep-here", arguments->key,
                  "the key stays on this machine, sealed in this file; the api never has it")
      ->type_name("FILE");
  command.add_option("--payout", arguments->payout, "how settlements pay to it: on-request, periodic")
      ->capture_default_str();
  command.add_option("--id", arguments->id, "of a wallet that was asked for before, whose answer was lost")
      ->type_name("ID");
  add_password_option(command, arguments);
}

void add_sending(CLI::App& command, const Shared& arguments) {
  command.add_option("--to", arguments->to, "the address: 0x and 64 digits")->required()->type_name("ADDRESS");
  command.add_option("--amount", arguments->amount, "in IOTA: 1.5")->required()->type_name("IOTA");
  command.add_option("--most-fee", arguments->most_fee, "what it may cost at most")
      ->type_name("IOTA")
      ->capture_default_str();
  command.add_option("--id", arguments->id, "of a payment whose answer was lost: it is made once")->type_name("ID");
  command.add_flag("--yes", arguments->yes, "without asking");
  add_password_option(command, arguments);
}

int code_of(const Result<void>& done) {
  if (done) return kExitOk;
  fmt::print(stderr, "balans wallet: {}\n", done.error().message());
  return kExitFailure;
}

}  // namespace

std::function<int()> add_wallet_command(CLI::App& app) {
  const auto arguments = std::make_shared<WalletArguments>();
  CLI::App* wallet =
      app.add_subcommand("wallet", "wallets of accounts on the chain: new, show, restore, send, history");
  wallet->require_subcommand(1);
  CLI::App* fresh = wallet->add_subcommand("new", "make the wallet of an account, and show its backup words once");
  CLI::App* show = wallet->add_subcommand("show", "its address, and what it holds");
  CLI::App* restore =
      wallet->add_subcommand("restore", "from backup words: --wallet sets another password, --account makes it again");
  CLI::App* send = wallet->add_subcommand("send", "pay to any address");
  CLI::App* history = wallet->add_subcommand("history", "what went in and out, oldest first");
  for (CLI::App* command : {fresh, show, restore, send, history}) add_api_options(*command, arguments);
  for (CLI::App* command : {show, send, history}) add_named(*command, arguments);
  for (CLI::App* command : {fresh, restore}) add_making(*command, arguments);
  fresh->get_option("--account")->required();
  restore->add_option("--wallet", arguments->wallet, "its id")->type_name("ID");
  restore->add_option("--words-file", arguments->words_file, "a file of mode 0600 with the words (default: typed)")
      ->type_name("FILE");
  add_sending(*send, arguments);
  return [arguments, fresh, show, restore, send] {
    if (fresh->parsed()) return code_of(make_wallet(*arguments));
    if (show->parsed()) return code_of(show_wallet(*arguments));
    if (restore->parsed()) return code_of(restore_wallet(*arguments));
    return code_of(send->parsed() ? send_from_wallet(*arguments) : show_wallet_history(*arguments));
  };
}

}  // namespace balans::cli
