#pragma once
// The subcommands of `balans wallet`: what each is told, and what runs it.

#include <filesystem>
#include <optional>
#include <string>

#include "cli/wallet/wallet_api.hpp"

namespace balans::cli {

struct WalletArguments {
  ApiPlace api;
  std::string wallet, account, to, amount, payout = "on-request";
  std::string most_fee = "0.05";
  std::string id;                            ///< of a payment, or a new wallet, that is asked for again
  std::optional<std::filesystem::path> key;  ///< of a key that is kept here
  std::optional<std::filesystem::path> password_file, words_file;
  bool yes = false;
  bool json = false;
};

/// Each gives nothing, or why it has not done it.
Result<void> make_wallet(const WalletArguments& arguments);
Result<void> restore_wallet(const WalletArguments& arguments);
Result<void> send_from_wallet(const WalletArguments& arguments);
Result<void> show_wallet(const WalletArguments& arguments);
Result<void> show_wallet_history(const WalletArguments& arguments);

/// The wallet that is named, or that of the key file.
Result<std::string> wallet_named_by(const WalletArguments& arguments);
/// Base units as IOTA: "1.5".
std::string shown_amount(std::string_view units);

}  // namespace balans::cli
