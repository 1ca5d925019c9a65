#include "api/ledger/iota/client.hpp"

#include <utility>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/shown.hpp"

namespace balans::iota {
namespace {

Error refused(const Request& request, const Refusal& refusal) {
  return {request.method, "refused with " + std::to_string(refusal.code) + ": " + shown_text(refusal.message)};
}

Error of_another(const char* method, const Digest& asked, const Digest& answered) {
  return {method, "asked for " + to_base58(asked) + ", the answer is about " + to_base58(answered)};
}

}  // namespace

Client::Client(std::vector<std::string> endpoints, Transport& transport, std::function<void(Millis)> pause,
               RetryRules rules)
    : endpoints_(std::move(endpoints)), transport_(transport), pause_(std::move(pause)), rules_(rules) {}

template <class T>
Reply<T> Client::ask(const Request& request, Reply<T> (*read)(std::string_view)) {
  Error last{request.method, "there is no endpoint to ask"};
  const std::size_t first = first_;
  for (int made = 0; const auto next = next_try(rules_, endpoints_.size(), first, made); ++made) {
    if (next->wait > 0_ms) pause_(next->wait);
    const std::string& endpoint = endpoints_[next->endpoint];
    const auto body = transport_.post(endpoint, request.body);
    if (!body) {
      last = body.error().within(request.method);
      continue;
    }
    Reply<T> reply = read(*body);
    if (!reply) {
      last = reply.error().within(request.method + " of " + shown_endpoint(endpoint));
      continue;
    }
    const auto* refusal = std::get_if<Refusal>(&*reply);
    const bool others_left = made + 1 < static_cast<int>(endpoints_.size());
    if (refusal != nullptr && (is_passing(*refusal) || (others_left && is_unknown_transaction(*refusal)))) {
      last = refused(request, *refusal);
      continue;
    }
    first_ = next->endpoint;
    return reply;
  }
  return last;
}

template <class T>
Result<T> Client::demand(const Request& request, Reply<T> (*read)(std::string_view)) {
  auto reply = ask(request, read);
  if (!reply) return reply.error();
  if (const auto* refusal = std::get_if<Refusal>(&*reply)) return refused(request, *refusal);
  return std::get<T>(std::move(*reply));
}

Result<std::string> Client::chain_identifier() { return demand(request::chain_identifier(), answer::chain_identifier); }

Result<std::uint64_t> Client::reference_gas_price() {
  return demand(request::reference_gas_price(), answer::reference_gas_price);
}

Result<SystemState> Client::system_state() { return demand(request::system_state(), answer::system_state); }

Result<std::uint64_t> Client::latest_checkpoint() {
  return demand(request::latest_checkpoint(), answer::latest_checkpoint);
}

Result<Checkpoint> Client::checkpoint(std::uint64_t number) {
  auto found = demand(request::checkpoint(number), answer::checkpoint);
  if (found && found->number != number)
    return Error{"iota_getCheckpoint", "asked for " + std::to_string(number) + ", the answer is about another"};
  return found;
}

Result<std::vector<Coin>> Client::coins(const Address& owner) {
  std::vector<Coin> all;
  Cursor cursor;
  while (true) {
    auto page = demand(request::coins(owner, cursor), answer::coins);
    if (!page) return page.error();
    all.insert(all.end(), page->coins.begin(), page->coins.end());
    if (all.size() > kMostCoins) return Error{"iotax_getCoins", "more than " + std::to_string(kMostCoins) + " coins"};
    if (!page->has_more) return all;
    if (page->coins.empty() || !page->last || page->last == cursor)
      return Error{"iotax_getCoins", "there should be more, but the pages do not go on"};
    cursor = page->last;
  }
}

Result<Balance> Client::balance(const Address& owner) { return demand(request::balance(owner), answer::balance); }

Result<std::optional<ObjectState>> Client::object(const ObjectId& id) {
  auto found = demand(request::object(id), answer::object);
  if (found && *found && (*found)->ref.id != id) return Error{"iota_getObject", "the answer is about another object"};
  return found;
}

Result<DryRun> Client::dry_run(const Transaction& transaction) {
  if (const auto sound = check(transaction); !sound) return sound.error();
  return demand(request::dry_run(encode(transaction)), answer::dry_run);
}

Result<Executed> Client::execute(const SignedTransaction& transaction) {
  auto executed = demand(request::execute(transaction), answer::execute);
  if (executed && executed->digest != transaction.digest)
    return of_another("iota_executeTransactionBlock", transaction.digest, executed->digest);
  return executed;
}

Result<std::optional<Executed>> Client::transaction(const Digest& digest) {
  const Request request = request::transaction(digest);
  auto reply = ask(request, answer::transaction);
  if (!reply) return reply.error();
  if (const auto* refusal = std::get_if<Refusal>(&*reply)) {
    if (is_unknown_transaction(*refusal)) return std::optional<Executed>();
    return refused(request, *refusal);
  }
  auto& executed = std::get<Executed>(*reply);
  if (executed.digest != digest) return of_another("iota_getTransactionBlock", digest, executed.digest);
  return std::optional(std::move(executed));
}

Result<ExecutedPage> Client::transactions(Direction direction, const Address& address, const Cursor& cursor,
                                          std::int64_t limit, Order order) {
  auto page = demand(request::transactions(direction, address, cursor, limit, order), answer::transactions);
  if (page && page->has_more && (page->transactions.empty() || !page->last || page->last == cursor))
    return Error{"iotax_queryTransactionBlocks", "there should be more, but the pages do not go on"};
  return page;
}

}  // namespace balans::iota
