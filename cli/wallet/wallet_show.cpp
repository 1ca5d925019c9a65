// balans wallet show, history.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <charconv>

#include "cli/wallet/own_key.hpp"
#include "cli/wallet/wallet_commands.hpp"
#include "common/trade/amount.hpp"

namespace balans::cli {
namespace {

constexpr int kMostPages = 1000;

void say_entry(const boost::json::object& entry) {
  const auto text = [&](const char* name) { return text_of(entry, name) ? *text_of(entry, name) : std::string(); };
  std::string others;
  if (const auto* list = entry.if_contains("others"); list != nullptr && list->is_array())
    for (const auto& other : list->as_array())
      if (other.is_string()) others += " " + std::string(other.as_string());
  const auto* failed = entry.if_contains("failed");
  const bool has_failed = failed != nullptr && failed->is_bool() && failed->as_bool();
  fmt::print("{}  {:>16} IOTA {}{}  {}\n", text("at"), shown_amount(text("change")), has_failed ? "failed " : "",
             text("digest"), others);
  if (const auto link = text("link"); !link.empty()) fmt::print("    {}\n", link);
}

}  // namespace

Result<std::string> wallet_named_by(const WalletArguments& arguments) {
  if (!arguments.wallet.empty()) {
    const auto id = parse_wallet_id(arguments.wallet);
    if (!id) return id.error().within("--wallet");
    return *id;
  }
  if (!arguments.key) return Error{"", "expected --wallet or --key"};
  const auto key = read_own_key(*arguments.key);
  if (!key) return key.error();
  const auto id = parse_wallet_id(key->wallet);
  if (!id) return id.error().within(arguments.key->string());
  return *id;
}

std::string shown_amount(std::string_view units) {
  const bool is_negative = units.starts_with('-');
  if (is_negative) units.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(units.data(), units.data() + units.size(), number);
  const auto amount = trade::Amount::of(number);
  if (failure != std::errc{} || end != units.data() + units.size() || !amount) return std::string(units);
  return (is_negative ? "-" : "") + trade::to_decimal(*amount, trade::Asset::Iota);
}

Result<void> show_wallet(const WalletArguments& arguments) {
  const auto id = wallet_named_by(arguments);
  if (!id) return id.error();
  auto api = WalletApi::open(arguments.api);
  if (!api) return api.error();
  const auto wallet = api->get("/v1/wallets/" + *id);
  if (!wallet) return wallet.error();
  if (arguments.json) {
    fmt::print("{}\n", boost::json::serialize(*wallet));
    return {};
  }
  for (const char* name : {"id", "account", "address", "kept"})
    if (const auto text = text_of(*wallet, name)) fmt::print("{:<12} {}\n", name, *text);
  const auto balance = text_of(*wallet, "balance");
  fmt::print("{:<12} {}\n", "balance", balance ? shown_amount(*balance) + " IOTA" : "unknown: no node answers");
  for (const char* name : {"pending_in", "pending_out"})
    if (const auto text = text_of(*wallet, name)) fmt::print("{:<12} {} IOTA\n", name, shown_amount(*text));
  return {};
}

Result<void> show_wallet_history(const WalletArguments& arguments) {
  const auto id = wallet_named_by(arguments);
  if (!id) return id.error();
  auto api = WalletApi::open(arguments.api);
  if (!api) return api.error();
  std::string after;
  for (int pages = 0; pages < kMostPages; ++pages) {
    const auto page = api->get("/v1/wallets/" + *id + "/history" + after);
    if (!page) return page.error();
    const auto* entries = page->if_contains("entries");
    if (entries == nullptr || !entries->is_array()) return Error{"the api's answer", "has no list 'entries'"};
    for (const auto& entry : entries->as_array()) {
      if (!entry.is_object()) return Error{"the api's answer", "an entry is no object"};
      if (arguments.json)
        fmt::print("{}\n", boost::json::serialize(entry));
      else
        say_entry(entry.as_object());
    }
    const auto next = text_of(*page, "next");
    if (!next || "?after=" + *next == after) return {};
    after = "?after=" + *next;
  }
  return {};
}

}  // namespace balans::cli
