#pragma once
// Nodes that answer from what a test has put into them, each for itself, and remember what they were asked.

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/ledger/iota/address.hpp"
#include "api/ledger/iota/answers.hpp"
#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/transport.hpp"

namespace balans::iota::test {

inline Digest digest_of_number(std::uint8_t number) {
  Digest digest;
  digest.bytes.fill(number);
  return digest;
}
inline std::string text_of(std::uint8_t number) { return to_base58(digest_of_number(number)); }

/// A transaction as a node has it. Without a checkpoint it is not final.
struct Listed {
  std::string digest;
  std::optional<std::uint64_t> checkpoint;
  Address sender;
  std::vector<BalanceChange> changes;
  bool failed = false;
  std::vector<UsedUp> used_up = {};
  ObjectRef gas_coin = {};
  GasUsed gas{1'000'000, 1'960'800, 980'400, 0};
};

/// One node.
struct NodeState {
  bool is_silent = false;
  std::set<std::string> silent_methods;
  std::string genesis = text_of(9);
  std::string identifier = "09090909";
  std::uint64_t epoch = 7;
  std::uint64_t epoch_start_ms = 1;
  std::uint64_t price = 1000;
  std::uint64_t holdings = 0;
  Checkpoint newest{100, 7, 1'760'000'000'000, {}};
  std::vector<Coin> coins;
  GasUsed dry_run{1'000'000, 1'960'800, 980'400, 0};
  bool dry_run_fails = false;
  std::map<std::string, Listed> transactions;  ///< by digest
  std::map<ObjectId, std::pair<ObjectRef, std::string>> objects;
  std::vector<std::string> to, from;  ///< digests, oldest first
  std::size_t page = 50;
  std::int64_t most_listed = 50;  ///< a page of more is refused as too large
  std::string unknown_by_digest;  ///< it is listed all the same
  std::string executed;           ///< digest of what `execute` tells of
};

class ScriptedNodes final : public Transport {
 public:
  std::map<std::string, NodeState> nodes;
  std::vector<std::string> asked;  ///< "a iotax_getCoins"
  std::vector<std::string> bodies;

  Result<std::string> post(const std::string& endpoint, const std::string& body) override {
    const auto question = boost::json::parse(body).as_object();
    const std::string method(question.at("method").as_string());
    asked.push_back(endpoint + " " + method);
    bodies.push_back(body);
    NodeState& node = nodes[endpoint];
    if (node.is_silent || node.silent_methods.contains(method)) return Error{endpoint, "timeout"};
    const boost::json::value result = answer(node, method, question.at("params").as_array());
    const char* key = result.is_object() && result.as_object().contains("code") ? "error" : "result";
    return boost::json::serialize(boost::json::object{{"jsonrpc", "2.0"}, {"id", 1}, {key, result}});
  }
  [[nodiscard]] std::size_t count(const std::string& question) const {
    return static_cast<std::size_t>(std::count(asked.begin(), asked.end(), question));
  }

 private:
  using Object = boost::json::object;
  static std::string number(std::uint64_t value) { return std::to_string(value); }

  static Object reference(const ObjectRef& ref) {
    return {{"objectId", to_text(ref.id)}, {"version", number(ref.version)}, {"digest", to_base58(ref.digest)}};
  }
  static Object gas_of(const GasUsed& gas) {
    return {{"computationCost", number(gas.computation)},
            {"storageCost", number(gas.storage)},
            {"storageRebate", number(gas.rebate)},
            {"nonRefundableStorageFee", "0"}};
  }
  static Object effects(const std::string& digest, const GasUsed& gas, bool failed, const std::vector<UsedUp>& used,
                        const ObjectRef& gas_coin) {
    boost::json::array versions;
    for (const UsedUp& each : used)
      versions.push_back(Object{{"objectId", to_text(each.id)}, {"sequenceNumber", number(each.version)}});
    Object status{{"status", failed ? "failure" : "success"}};
    if (failed) status["error"] = "it would not";
    return {{"messageVersion", "v1"},
            {"status", status},
            {"executedEpoch", "7"},
            {"gasUsed", gas_of(gas)},
            {"modifiedAtVersions", versions},
            {"transactionDigest", digest},
            {"gasObject", Object{{"owner", Object{}}, {"reference", reference(gas_coin)}}}};
  }
  static boost::json::array changes(const std::vector<BalanceChange>& all) {
    boost::json::array written;
    for (const BalanceChange& change : all)
      written.push_back(Object{{"owner", Object{{"AddressOwner", to_text(change.owner)}}},
                               {"coinType", "0x2::iota::IOTA"},
                               {"amount", std::to_string(change.nanos)}});
    return written;
  }
  static Object transaction(const Listed& listed) {
    Object written{{"digest", listed.digest},
                   {"transaction", Object{{"data", Object{{"sender", to_text(listed.sender)}}}}},
                   {"effects", effects(listed.digest, listed.gas, listed.failed, listed.used_up, listed.gas_coin)},
                   {"balanceChanges", changes(listed.changes)}};
    if (listed.checkpoint) written["checkpoint"] = number(*listed.checkpoint);
    return written;
  }
  static Object list(const NodeState& node, const boost::json::array& params) {
    const auto& filter = params.at(0).as_object().at("filter").as_object();
    auto all = filter.contains("ToAddress") ? node.to : node.from;
    if (params.at(3).as_bool()) std::reverse(all.begin(), all.end());
    const std::int64_t limit = params.at(2).as_int64();
    if (limit > node.most_listed && !all.empty()) return {{"code", -32000}, {"message", "the answer is too large"}};
    const std::size_t most = std::min(node.page, static_cast<std::size_t>(limit));
    auto from = all.begin();
    if (params.at(1).is_string()) from = std::find(all.begin(), all.end(), std::string(params.at(1).as_string())) + 1;
    boost::json::array data;
    for (; from != all.end() && data.size() < most; ++from) data.push_back(transaction(node.transactions.at(*from)));
    boost::json::value last;
    if (!data.empty()) last = data.back().at("digest");
    return {{"data", data}, {"nextCursor", last}, {"hasNextPage", from != all.end()}};
  }
  static Object checkpoint(const NodeState& node, const boost::json::value& asked) {
    if (boost::json::serialize(asked).find_first_not_of("\"0") == std::string::npos)
      return {{"sequenceNumber", "0"}, {"epoch", "0"}, {"timestampMs", "1"}, {"digest", node.genesis}};
    return {{"sequenceNumber", number(node.newest.number)},
            {"epoch", number(node.newest.epoch)},
            {"timestampMs", number(node.newest.timestamp_ms)},
            {"digest", text_of(8)}};
  }
  static Object object(const NodeState& node, const boost::json::value& asked) {
    const auto found = node.objects.find(*parse_object_id(std::string(asked.as_string())));
    if (found == node.objects.end()) return {{"error", Object{{"code", "notExists"}}}};
    Object data = reference(found->second.first);
    data["owner"] = "Immutable";
    data["previousTransaction"] = found->second.second;
    return {{"data", data}};
  }
  static Object coins(const NodeState& node) {
    boost::json::array data;
    for (const Coin& coin : node.coins)
      data.push_back(Object{{"coinType", "0x2::iota::IOTA"},
                            {"coinObjectId", to_text(coin.ref.id)},
                            {"version", number(coin.ref.version)},
                            {"digest", to_base58(coin.ref.digest)},
                            {"balance", number(coin.nanos)}});
    return {{"data", data}, {"nextCursor", nullptr}, {"hasNextPage", false}};
  }
  static boost::json::value answer(const NodeState& node, const std::string& method, const boost::json::array& params) {
    if (method == "iota_getChainIdentifier") return boost::json::value(node.identifier);
    if (method == "iota_getLatestCheckpointSequenceNumber") return boost::json::value(number(node.newest.number));
    if (method == "iota_getCheckpoint") return checkpoint(node, params.at(0));
    if (method == "iotax_getCoins") return coins(node);
    if (method == "iota_getObject") return object(node, params.at(0));
    if (method == "iotax_queryTransactionBlocks") return list(node, params);
    if (method == "iotax_getLatestIotaSystemStateV2")
      return Object{{"V2", Object{{"epoch", number(node.epoch)},
                                  {"protocolVersion", "12"},
                                  {"referenceGasPrice", number(node.price)},
                                  {"epochStartTimestampMs", number(node.epoch_start_ms)},
                                  {"epochDurationMs", "86400000"}}}};
    if (method == "iotax_getBalance")
      return Object{{"coinType", "0x2::iota::IOTA"}, {"coinObjectCount", 1}, {"totalBalance", number(node.holdings)}};
    if (method == "iota_dryRunTransactionBlock")
      return Object{{"effects", effects(text_of(1), node.dry_run, node.dry_run_fails, {}, {})},
                    {"balanceChanges", boost::json::array{}}};
    if (method == "iota_executeTransactionBlock")
      return Object{{"digest", node.executed}, {"effects", effects(node.executed, node.dry_run, false, {}, {})}};
    const auto found = node.transactions.find(std::string(params.at(0).as_string()));
    if (found != node.transactions.end() && found->first != node.unknown_by_digest) return transaction(found->second);
    return Object{{"code", -32602}, {"message", "Could not find the referenced transaction [x]"}};
  }
};

}  // namespace balans::iota::test
