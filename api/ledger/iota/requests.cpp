#include "api/ledger/iota/requests.hpp"

#include "api/ledger/iota/base58.hpp"
#include "common/crypto/base64.hpp"
#include "common/messages/json.hpp"

namespace balans::iota::request {
namespace {

constexpr std::string_view kIotaCoin = "0x2::iota::IOTA";

/// `write(writer)` adds the parameters.
template <class Write>
Request make(std::string method, Write&& write) {
  json::Writer out;
  out.begin_object().key("jsonrpc").string("2.0").key("id").integer(kRequestId);
  out.key("method").string(method).key("params").begin_array();
  write(out);
  out.end_array().end_object();
  return {std::move(method), out.take()};
}

Request make(std::string method) {
  return make(std::move(method), [](json::Writer&) {});
}

void put(json::Writer& out, const Cursor& cursor) {
  if (cursor)
    out.string(*cursor);
  else
    out.null();
}

/// What answers about transactions hold.
void put_options(json::Writer& out) {
  out.begin_object().key("showEffects").boolean(true).key("showBalanceChanges").boolean(true).end_object();
}

}  // namespace

Request chain_identifier() { return make("iota_getChainIdentifier"); }
Request reference_gas_price() { return make("iotax_getReferenceGasPrice"); }
Request system_state() { return make("iotax_getLatestIotaSystemStateV2"); }
Request latest_checkpoint() { return make("iota_getLatestCheckpointSequenceNumber"); }

Request checkpoint(std::uint64_t number) {
  return make("iota_getCheckpoint", [&](json::Writer& out) { out.number(number); });
}

Request coins(const Address& owner, const Cursor& cursor) {
  return make("iotax_getCoins", [&](json::Writer& out) {
    out.string(to_text(owner)).string(kIotaCoin);
    put(out, cursor);
    out.integer(kPageSize);
  });
}

Request balance(const Address& owner) {
  return make("iotax_getBalance", [&](json::Writer& out) { out.string(to_text(owner)).string(kIotaCoin); });
}

Request object(const ObjectId& id) {
  return make("iota_getObject", [&](json::Writer& out) {
    out.string(to_text(id)).begin_object().key("showOwner").boolean(true);
    out.key("showPreviousTransaction").boolean(true).end_object();
  });
}

Request dry_run(std::string_view transaction_bytes) {
  return make("iota_dryRunTransactionBlock", [&](json::Writer& out) { out.string(to_base64(transaction_bytes)); });
}

Request execute(const SignedTransaction& transaction) {
  return make("iota_executeTransactionBlock", [&](json::Writer& out) {
    out.string(to_base64(transaction.bytes)).begin_array();
    for (const std::string& signature : transaction.signatures) out.string(signature);
    out.end_array();
    put_options(out);  // effects asked for: the node waits until it has executed the transaction itself
  });
}

Request transaction(const Digest& digest) {
  return make("iota_getTransactionBlock", [&](json::Writer& out) {
    out.string(to_base58(digest));
    put_options(out);
  });
}

Request transactions(Direction direction, const Address& address, const Cursor& cursor, std::int64_t limit,
                     Order order) {
  return make("iotax_queryTransactionBlocks", [&](json::Writer& out) {
    out.begin_object().key("filter").begin_object();
    out.key(direction == Direction::To ? "ToAddress" : "FromAddress").string(to_text(address)).end_object();
    // Whose a transaction is decides whether it is a deposit.
    out.key("options").begin_object().key("showInput").boolean(true);
    out.key("showEffects").boolean(true).key("showBalanceChanges").boolean(true).end_object();
    out.end_object();
    put(out, cursor);
    out.integer(limit).boolean(order == Order::NewestFirst);
  });
}

}  // namespace balans::iota::request
