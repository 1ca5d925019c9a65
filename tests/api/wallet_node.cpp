#include "tests/api/wallet_node.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/signing.hpp"
#include "common/crypto/base64.hpp"

namespace balans::api::test {
namespace {

namespace bj = boost::json;

constexpr std::size_t kMostBytes = 200'000;

std::string number(std::uint64_t value) { return "\"" + std::to_string(value) + "\""; }
std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string refusal(int code, const std::string& message) {
  return R"({"jsonrpc":"2.0","id":1,"error":{"code":)" + std::to_string(code) + R"(,"message":)" + quoted(message) +
         "}}";
}
std::string result(const std::string& value) { return R"({"jsonrpc":"2.0","id":1,"result":)" + value + "}"; }

std::string reference(const iota::ObjectRef& ref) {
  return R"({"objectId":)" + quoted(iota::to_text(ref.id)) + R"(,"version":)" + number(ref.version) + R"(,"digest":)" +
         quoted(iota::to_base58(ref.digest)) + "}";
}

std::string effects_of(const iota::Transaction& transaction, const std::string& digest, bool failed,
                       std::uint64_t epoch) {
  const std::string status = failed ? R"({"status":"failure","error":"it was to fail"})" : R"({"status":"success"})";
  std::string used;
  for (const iota::ObjectRef& ref : transaction.gas.payment)
    used += std::string(used.empty() ? "" : ",") + R"({"objectId":)" + quoted(iota::to_text(ref.id)) +
            R"(,"sequenceNumber":)" + number(ref.version) + "}";
  const std::string gas = R"({"owner":{"AddressOwner":)" + quoted(iota::to_text(transaction.sender)) +
                          R"(},"reference":)" + reference(transaction.gas.payment.front()) + "}";
  return R"({"messageVersion":"v1","status":)" + status + R"(,"executedEpoch":)" + number(epoch) +
         R"(,"gasUsed":{"computationCost":"1000000","computationCostBurned":"1000000","storageCost":"1960800",)"
         R"("storageRebate":"980400","nonRefundableStorageFee":"0"},"transactionDigest":)" +
         quoted(digest) + R"(,"mutated":[],"deleted":[],"modifiedAtVersions":[)" + used + R"(],"gasObject":)" + gas +
         R"(,"dependencies":[]})";
}

std::string changes_of(const std::map<std::string, std::int64_t>& changes) {
  std::string text = "[";
  for (const auto& [owner, nanos] : changes)
    text += std::string(text.size() > 1 ? "," : "") + R"({"owner":{"AddressOwner":)" + quoted(owner) +
            R"(},"coinType":"0x2::iota::IOTA","amount":")" + std::to_string(nanos) + "\"}";
  return text + "]";
}

iota::Transaction decoded(const bj::value& base64) {
  return *iota::decode_transaction(*from_base64(std::string(base64.as_string()), kMostBytes));
}

/// Recipient and nanos of a payment as `iota::pay` writes it.
std::pair<std::string, std::uint64_t> payment_of(const iota::Transaction& transaction) {
  std::uint64_t nanos = 0;
  std::string to = "0x";
  for (const iota::Input& input : transaction.body.inputs) {
    const std::string& bytes = std::get<iota::Pure>(input).bytes;
    if (bytes.size() == 8)
      for (std::size_t i = 8; i > 0; --i) nanos = nanos << 8 | static_cast<unsigned char>(bytes[i - 1]);
    if (bytes.size() != 32) continue;
    iota::Address address;
    std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
    to = iota::to_text(address);
  }
  return {to, nanos};
}

}  // namespace

std::string WalletNode::genesis() {
  Digest digest;
  digest.bytes[0] = 0x01, digest.bytes[1] = 0x23, digest.bytes[2] = 0xab, digest.bytes[3] = 0xcd;
  return iota::to_base58(digest);
}

void WalletNode::give(const std::string& address, std::uint64_t nanos) {
  iota::Coin coin;
  coin.ref.id.bytes.fill(0xc0);
  coin.ref.id.bytes[31] = static_cast<std::uint8_t>(next_object_ & 0xff);
  coin.ref.id.bytes[30] = static_cast<std::uint8_t>(next_object_++ >> 8);
  coin.ref.version = version_;
  coin.ref.digest.bytes.fill(static_cast<std::uint8_t>(version_));
  coin.nanos = nanos;
  coins_[iota::to_text(coin.ref.id)] = {.owner = address, .coin = coin};
}

std::uint64_t WalletNode::holds(const std::string& address) const {
  std::uint64_t sum = 0;
  for (const auto& [id, held] : coins_)
    if (held.owner == address) sum += held.coin.nanos;
  return sum;
}

void WalletNode::checkpoint() {
  ++checkpoint_;
  for (Done& done : done_)
    if (done.checkpoint < 0) done.checkpoint = checkpoint_;
}

Result<std::string> WalletNode::post(const std::string& endpoint, const std::string& body) {
  const bj::value request = bj::parse(body);
  const std::string method(request.at("method").as_string());
  asked.push_back(method);
  if (on_question) on_question();
  if (is_silent) return Error{endpoint, "timeout"};
  return answer(method, request.at("params").as_array());
}

Result<std::string> WalletNode::answer(const std::string& method, const bj::array& params) {
  if (method == "iota_getChainIdentifier") return result(quoted(chain));
  if (method == "iotax_getLatestIotaSystemStateV2")
    return result(R"({"V2":{"epoch":)" + number(epoch_) + R"(,"protocolVersion":"9","referenceGasPrice":)" +
                  number(kPrice) + R"(,"epochStartTimestampMs":"1554300000000","epochDurationMs":"86400000"}})");
  if (method == "iota_getLatestCheckpointSequenceNumber")
    return result(number(static_cast<std::uint64_t>(checkpoint_)));
  if (method == "iota_getCheckpoint") return result(checkpoint_json(std::string(params.at(0).as_string())));
  if (method == "iotax_getCoins") return result(coins_of(std::string(params.at(0).as_string())));
  if (method == "iotax_getBalance")
    return result(R"({"coinType":"0x2::iota::IOTA","coinObjectCount":1,"totalBalance":)" +
                  number(holds(std::string(params.at(0).as_string()))) + "}");
  if (method == "iota_dryRunTransactionBlock")
    return result(R"({"effects":)" + effects_of(decoded(params.at(0)), std::string(32, '1'), false, epoch_) +
                  R"(,"balanceChanges":[]})");
  if (method == "iota_executeTransactionBlock") return execute(params);
  if (method == "iotax_queryTransactionBlocks") return result(page(params));
  if (method == "iota_getObject") return result(object(std::string(params.at(0).as_string())));
  if (method == "iota_getTransactionBlock" && !forgets) {
    for (const Done& done : done_)
      if (done.digest == params.at(0).as_string()) return result(shown(done));
  }
  if (method == "iota_getTransactionBlock") return refusal(-32602, "Could not find the referenced transaction");
  return refusal(-32601, "no such method");
}

std::string WalletNode::checkpoint_json(const std::string& wanted) const {
  return R"({"sequenceNumber":)" + quoted(wanted) + R"(,"digest":)" + quoted(genesis()) + R"(,"epoch":)" +
         number(wanted == "0" ? 0 : epoch_) + R"(,"timestampMs":)" + number(static_cast<std::uint64_t>(now_ms)) + "}";
}

std::string WalletNode::object(const std::string& id) const {
  const auto found = coins_.find(id);
  if (hides_coins || found == coins_.end()) return R"({"error":{"code":"notExists"}})";
  const auto& [owner, coin, by] = found->second;
  return R"({"data":{"objectId":)" + quoted(id) + R"(,"version":)" + number(coin.ref.version) + R"(,"digest":)" +
         quoted(iota::to_base58(coin.ref.digest)) + R"(,"owner":{"AddressOwner":)" + quoted(owner) +
         R"(},"previousTransaction":)" + quoted(by) + "}}";
}

std::string WalletNode::coins_of(const std::string& owner) const {
  std::string text;
  for (const auto& [id, held] : coins_) {
    if (held.owner != owner) continue;
    if (!text.empty()) text += ",";
    text += R"({"coinType":"0x2::iota::IOTA","coinObjectId":)" + quoted(id) + R"(,"version":)" +
            number(held.coin.ref.version) + R"(,"digest":)" + quoted(iota::to_base58(held.coin.ref.digest)) +
            R"(,"balance":)" + number(held.coin.nanos) + "}";
  }
  return R"({"data":[)" + text + R"(],"nextCursor":null,"hasNextPage":false})";
}

bool WalletNode::has_inputs(const iota::Transaction& transaction) const {
  for (const iota::ObjectRef& ref : transaction.gas.payment) {
    const auto found = coins_.find(iota::to_text(ref.id));
    if (found == coins_.end() || !(found->second.coin.ref == ref)) return false;
  }
  return true;
}

WalletNode::Done WalletNode::apply(const iota::Transaction& transaction, const std::string& digest) {
  const std::string sender = iota::to_text(transaction.sender);
  const auto [to, nanos] = payment_of(transaction);
  std::uint64_t sum = 0;
  for (const iota::ObjectRef& ref : transaction.gas.payment) {
    sum += coins_.at(iota::to_text(ref.id)).coin.nanos;
    if (!(ref == transaction.gas.payment.front())) coins_.erase(iota::to_text(ref.id));
  }
  ++version_;
  Held& first = coins_.at(iota::to_text(transaction.gas.payment.front().id));
  first.by = digest;
  iota::Coin& gas = first.coin;
  gas.ref.version = version_;
  gas.ref.digest.bytes.fill(static_cast<std::uint8_t>(version_));
  gas.nanos = sum - static_cast<std::uint64_t>(kFee) - (fails_transactions ? 0 : nanos);
  Done done{digest, sender, effects_of(transaction, digest, fails_transactions, epoch_), {{sender, -kFee}}, -1};
  if (fails_transactions) return done;
  done.changes[sender] -= static_cast<std::int64_t>(nanos);
  done.changes[to] += static_cast<std::int64_t>(nanos);
  give(to, nanos);
  return done;
}

Result<std::string> WalletNode::execute(const bj::array& params) {
  submitted.emplace_back(params.at(0).as_string());
  if (drops_transactions) return Error{"node", "timeout"};
  const std::string bytes = *from_base64(submitted.back(), kMostBytes);
  const std::string digest = iota::to_base58(iota::digest_of(bytes));
  for (const Done& done : done_)
    if (done.digest == digest) return result(shown(done));
  const iota::Transaction transaction = *iota::decode_transaction(bytes);
  const auto signer = iota::verify_transaction(bytes, std::string(params.at(1).as_array().at(0).as_string()));
  if (!signer || *signer != transaction.sender) return refusal(-32002, "the signature is not the sender's");
  if (!has_inputs(transaction)) return refusal(-32002, "an object is not available for consumption");
  if (*transaction.last_epoch < epoch_) return refusal(-32002, "it has expired");
  done_.push_back(apply(transaction, digest));
  if (checkpoints_at_once) checkpoint();
  if (loses_answers) return Error{"node", "timeout"};
  return result(shown(done_.back()));
}

std::string WalletNode::shown(const Done& done) const {
  return R"({"transaction":{"data":{"sender":)" + quoted(done.sender) + R"(},"txSignatures":[]},"digest":)" +
         quoted(done.digest) + R"(,"effects":)" + done.effects + R"(,"balanceChanges":)" + changes_of(done.changes) +
         (done.checkpoint < 0 ? R"(,"timestampMs":null,"checkpoint":null})"
                              : R"(,"timestampMs":"1554300001000","checkpoint":)" +
                                    number(static_cast<std::uint64_t>(done.checkpoint)) + "}");
}

/// Two at a time. A recipient is whoever stands in the changes: the sender keeps its change.
std::string WalletNode::page(const bj::array& params) const {
  const bj::object& filter = params.at(0).at("filter").as_object();
  const bool from = filter.contains("FromAddress");
  const std::string address(filter.at(from ? "FromAddress" : "ToAddress").as_string());
  std::vector<const Done*> all;
  for (const Done& done : done_)
    if (!forgets && (from ? done.sender == address : done.changes.contains(address))) all.push_back(&done);
  if (params.at(3).as_bool()) std::reverse(all.begin(), all.end());
  std::size_t at = 0;
  if (const auto* cursor = params.at(1).if_string())
    while (at < all.size() && all[at++]->digest != *cursor) {
    }
  std::string text, last;
  std::size_t count = 0;
  for (; at < all.size() && count < 2; ++at, ++count) {
    text += (count == 0 ? "" : ",") + shown(*all[at]);
    last = all[at]->digest;
  }
  return R"({"data":[)" + text + R"(],"nextCursor":)" + (last.empty() ? "null" : quoted(last)) + R"(,"hasNextPage":)" +
         (at < all.size() ? "true" : "false") + "}";
}

}  // namespace balans::api::test
