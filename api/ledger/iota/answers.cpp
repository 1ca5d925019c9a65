#include "api/ledger/iota/answers.hpp"

#include <limits>
#include <utility>

#include "api/ledger/iota/node_json.hpp"
#include "api/ledger/iota/transport.hpp"

namespace balans::iota {
namespace {

using node_json::Reader;

constexpr std::size_t kMostMessageBytes = 64 * 1024;
constexpr std::size_t kShownBytes = 500;
constexpr std::size_t kMostCursorBytes = 200;
constexpr std::size_t kMostItems = 1000;  // of a page: more than was asked for

// Codes of iota-json-rpc-api.
constexpr std::int64_t kInternalError = -32603;
constexpr std::int64_t kTransientError = -32050;
constexpr std::int64_t kUnknownTransaction = -32003;  // since August 2026; before, -32602 with a text
constexpr std::int64_t kInvalidParameters = -32602;
constexpr std::string_view kUnknownTransactionText = "Could not find the referenced transaction";

Refusal read_refusal(Reader r) {
  constexpr std::int64_t kAny = std::numeric_limits<std::int32_t>::max();
  return {r.integer("code", -kAny, kAny), r.string("message", kMostMessageBytes).substr(0, kShownBytes)};
}

/// `read(reader)` reads the member `result` of the reader.
template <class Read>
auto read_reply(std::string_view body, Read&& read) -> Reply<decltype(read(std::declval<Reader&>()))> {
  using T = decltype(read(std::declval<Reader&>()));
  const auto document = json::parse_strict(body, kMostAnswerBytes);
  if (!document) return document.error();
  std::optional<Error> error;
  Reader r(*document, "", error);
  if (r.string("jsonrpc", 10) != "2.0") r.fail("jsonrpc", "expected 2.0");
  if (!r.has("error")) {
    r.integer("id", kRequestId, kRequestId);
    std::variant<T, Refusal> value(std::in_place_index<0>, read(r));
    if (error) return *error;
    return value;
  }
  std::variant<T, Refusal> refusal(std::in_place_index<1>, read_refusal(r.object("error")));
  if (error) return *error;
  return refusal;
}

Cursor read_cursor(Reader& page) {
  if (!page.has("nextCursor")) return std::nullopt;
  return page.string("nextCursor", kMostCursorBytes);
}

Coin read_coin(Reader& r) {
  if (!r.is_iota("coinType")) r.fail("coinType", "expected 0x2::iota::IOTA");
  return {r.reference("coinObjectId"), r.u64("balance")};
}

/// A page's transaction without effects or changes would be a deposit that nobody sees.
Executed read_whole(Reader& r) {
  r.member("effects");
  r.member("balanceChanges");
  r.member("transaction");
  Executed executed = node_json::read_executed(r);
  if (!executed.effects || !executed.changes)
    r.fail("effects", "effects and balanceChanges are asked for, one is null");
  return executed;
}

std::optional<ObjectState> read_object(Reader& result) {
  if (result.has("error")) {
    Reader error = result.object("error");
    const std::string code = error.string("code", 40);
    if (code != "notExists" && code != "deleted") error.fail("code", "'" + code + "': expected notExists or deleted");
    return std::nullopt;
  }
  Reader data = result.object("data");
  ObjectState state;
  state.ref = data.reference();
  state.owner = data.owner("owner");
  state.previous_transaction = data.digest("previousTransaction");
  return state;
}

}  // namespace

bool is_passing(const Refusal& refusal) { return refusal.code == kTransientError || refusal.code == kInternalError; }

bool is_unknown_transaction(const Refusal& refusal) {
  return refusal.code == kUnknownTransaction ||
         (refusal.code == kInvalidParameters && refusal.message.find(kUnknownTransactionText) != std::string::npos);
}

namespace answer {

Reply<std::string> chain_identifier(std::string_view body) {
  return read_reply(body, [](Reader& r) { return r.string("result", 100); });
}

Reply<std::uint64_t> reference_gas_price(std::string_view body) {
  return read_reply(body, [](Reader& r) { return r.u64("result"); });
}

Reply<std::uint64_t> latest_checkpoint(std::string_view body) {
  return read_reply(body, [](Reader& r) { return r.u64("result"); });
}

Reply<SystemState> system_state(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader result = r.object("result");
    Reader state = result.object(result.has("V1") ? "V1" : "V2");  // of protocol versions below 5, and since
    return SystemState{state.u64("epoch"), state.u64("protocolVersion"), state.u64("referenceGasPrice"),
                       state.u64("epochStartTimestampMs"), state.u64("epochDurationMs")};
  });
}

Reply<Checkpoint> checkpoint(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader point = r.object("result");
    return Checkpoint{point.u64("sequenceNumber"), point.u64("epoch"), point.u64("timestampMs"),
                      point.digest("digest")};
  });
}

Reply<CoinPage> coins(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader page = r.object("result");
    auto items = page.list("data", kMostItems, read_coin);
    return CoinPage{std::move(items), read_cursor(page), page.boolean("hasNextPage")};
  });
}

Reply<Balance> balance(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader result = r.object("result");
    if (!result.is_iota("coinType")) result.fail("coinType", "expected 0x2::iota::IOTA");
    return Balance{result.u64("totalBalance"), result.u64("coinObjectCount")};
  });
}

Reply<std::optional<ObjectState>> object(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader result = r.object("result");
    return read_object(result);
  });
}

Reply<DryRun> dry_run(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader result = r.object("result");
    Effects effects = node_json::read_effects(result.object("effects"));
    return DryRun{std::move(effects), node_json::read_changes(result)};
  });
}

Reply<Executed> transaction(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader result = r.object("result");
    return node_json::read_executed(result);
  });
}

Reply<Executed> execute(std::string_view body) { return transaction(body); }

Reply<ExecutedPage> transactions(std::string_view body) {
  return read_reply(body, [](Reader& r) {
    Reader page = r.object("result");
    auto items = page.list("data", kMostItems, read_whole);
    return ExecutedPage{std::move(items), read_cursor(page), page.boolean("hasNextPage")};
  });
}

}  // namespace answer

}  // namespace balans::iota
