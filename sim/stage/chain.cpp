#include "sim/stage/chain.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "sim/stage/money.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;
using namespace desk;

constexpr const char* kOutside = "018f0000000000000000000000000001";
constexpr std::uint64_t kFirstAccount = 0x100;

Result<json::object> ask_node(const LocalChain& chain, const std::string& path, std::string body) {
  HttpClient client;
  const auto response =
      client.send({HttpMethod::Post, chain.rpc + path, {{"Content-Type", "application/json"}}, std::move(body)});
  if (!response) return response.error();
  boost::system::error_code failure;
  const json::value answer = json::parse(response->body, failure);
  if (failure || !answer.is_object() || response->status != 200) return refused(chain.rpc + path, *response);
  return answer.get_object();
}

Result<std::int64_t> balance_of(const LocalChain& chain, const std::string& address) {
  const auto answer = ask_node(
      chain, "/",
      fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"iotax_getBalance","params":["{}","0x2::iota::IOTA"]}})",
                  address));
  if (!answer) return answer.error();
  const json::value* result = answer->if_contains("result");
  if (!result || !result->is_object()) return Error{"iotax_getBalance", json::serialize(*answer)};
  return units(result->get_object(), "totalBalance");
}

/// Where nobody has opened it yet.
Result<void> open(HttpClient& client, const MoneyDesk& desk, const std::string& owner, std::uint64_t number,
                  const std::string& rest) {
  const std::string body = fmt::format(R"({{"id":"018f{:028x}","asset":"{}","site":"{}","owner":"{}",{}}})", number,
                                       desk.currency.asset, desk.site, owner, rest);
  const auto response = ask(client, desk, HttpMethod::Post, "v1/accounts", body);
  if (!response) return response.error();
  constexpr int kOwnerHasOne = 409;
  if (response->status >= 300 && response->status != kOwnerHasOne) return refused("v1/accounts", *response);
  return {};
}

Result<void> put_payee(HttpClient& client, const MoneyDesk& desk, const std::string& account,
                       const std::string& address, const char* mode) {
  return tell(client, desk, HttpMethod::Put, "v1/payees/" + account,
              fmt::format(R"({{"address":"{}","mode":"{}"}})", address, mode));
}

Result<ChainPayee> register_payee(HttpClient& client, const MoneyDesk& desk, const std::string& owner,
                                  const std::filesystem::path& key_file) {
  const auto account = account_of(client, desk, desk.site, owner);
  if (!account) return account.error();
  if (!*account) return Error{owner, "has no account"};
  const auto key = create_key_file(key_file);
  if (!key) return key.error();
  ChainPayee payee{owner, std::string((*account)->at("id").as_string()), chain_address(*key)};
  if (const auto told = put_payee(client, desk, payee.account, payee.address, "periodic"); !told) return told.error();
  return payee;
}

/// What the statement says has been paid out, and how often.
Result<std::pair<std::int64_t, std::int64_t>> paid_out(HttpClient& client, const MoneyDesk& desk,
                                                       const std::string& account) {
  std::pair<std::int64_t, std::int64_t> sum{0, 0};
  const auto done = each_of(client, desk, "v1/statements/" + account + "?", "rows", "after", [&](const object& row) {
    const auto& kind = row.at("kind").as_string();
    if (row.at("code").as_string() != "payout" || row.at("side").as_string() != "debit") return;
    if (kind != "post" && kind != "transfer") return;  // what is only set aside, or set free again
    sum.first += units(row, "amount");
    ++sum.second;
  });
  if (!done) return done.error();
  return sum;
}

/// Debits less credits of the account that says what the wallet holds.
Result<std::int64_t> custody_of(HttpClient& client, const MoneyDesk& desk) {
  const auto custody = account_of(client, desk, "", "custody iota");
  if (!custody) return custody.error();
  return *custody ? -units(**custody, "balance") : std::int64_t{0};
}

}  // namespace

std::string chain_address(const PublicKey& key) {
  return "0x" + to_hex(blake2b({reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()}).bytes);
}

Result<std::optional<LocalChain>> read_local_chain(const std::filesystem::path& out) {
  const auto text = read_small_file(out);
  if (!text) return text.error();
  const std::size_t end = text->find('\n');
  if (end == std::string::npos) return std::optional<LocalChain>();
  boost::system::error_code failure;
  const json::value said = json::parse(text->substr(0, end), failure);
  if (failure || !said.is_object()) return Error{out.string(), "is not what a node writes"};
  const auto member = [&](const char* key) {
    const json::value* value = said.get_object().if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  return std::optional(LocalChain{member("rpc"), member("chain"), member("genesis"), member("faucet"), ""});
}

Result<void> fund(const LocalChain& chain, const std::string& address, std::int64_t nanos) {
  const auto done = ask_node(chain, "/faucet", fmt::format(R"({{"recipient":"{}","nanos":"{}"}})", address, nanos));
  return done ? Result<void>() : Result<void>(done.error());
}

Result<std::vector<ChainPayee>> register_payees(const MoneyDesk& desk, const LocalChain& chain,
                                                const std::vector<AgentId>& devices,
                                                const std::filesystem::path& keys) {
  HttpClient client;
  if (const auto told = put_payee(client, desk, kOutside, chain.faucet, "on-request"); !told) return told.error();
  std::vector<std::pair<std::string, std::string>> owners{{"supplier " + desk.site, R"("kind":"supplier")"}};
  for (const AgentId& device : devices)
    owners.emplace_back(owner_of(device), fmt::format(R"("kind":"household","credit_limit":"{}")", kHouseholdsCredit));
  std::vector<ChainPayee> payees;
  std::uint64_t number = kFirstAccount;
  for (const auto& [owner, rest] : owners) {
    if (const auto opened = open(client, desk, owner, ++number, rest); !opened) return opened.error();
    auto payee = register_payee(client, desk, owner, keys / fmt::format("payee-{}.key", payees.size()));
    if (!payee) return payee.error();
    payees.push_back(*std::move(payee));
  }
  return payees;
}

Result<json::object> chain_of(const MoneyDesk& desk, const LocalChain& chain, const std::vector<ChainPayee>& payees) {
  HttpClient client;
  const auto custody = custody_of(client, desk);
  if (!custody) return custody.error();
  const auto holdings = balance_of(chain, chain.wallet);
  if (!holdings) return holdings.error();
  bool agrees = *custody == *holdings;
  std::int64_t paid = 0, payouts = 0;
  json::object accounts;
  for (const ChainPayee& payee : payees) {
    const auto has = balance_of(chain, payee.address);
    if (!has) return has.error();
    const auto was_paid = paid_out(client, desk, payee.account);
    if (!was_paid) return was_paid.error();
    agrees = agrees && *has == was_paid->first;
    paid += was_paid->first;
    payouts += was_paid->second;
    accounts[payee.owner] =
        json::object{{"account", payee.account},    {"address", payee.address},    {"balance", *has},
                     {"paid_out", was_paid->first}, {"payouts", was_paid->second}, {"agrees", *has == was_paid->first}};
  }
  const json::object wallet{{"address", chain.wallet}, {"holdings", *holdings}, {"custody", *custody}};
  return json::object{{"chain", chain.chain}, {"genesis", chain.genesis}, {"wallet", wallet}, {"accounts", accounts},
                      {"paid", paid},         {"payouts", payouts},       {"agrees", agrees}};
}

}  // namespace balans::sim
