#include "api/ledger/iota/node_json.hpp"

#include <algorithm>
#include <charconv>

#include "api/ledger/iota/base58.hpp"

namespace balans::iota::node_json {
namespace {

constexpr std::size_t kMostObjects = 4096;  // of one transaction; the protocol allows 2,048 each
constexpr std::size_t kMostErrorBytes = 64 * 1024;
constexpr std::size_t kMostTypeBytes = 4096;
constexpr std::size_t kShownBytes = 500;

/// Exactly as it would be written again.
template <class Number>
std::optional<Number> number_of(const boost::json::value& value) {
  Number number = 0;
  if (const auto* integer = value.if_int64(); integer != nullptr) {
    if (*integer < 0 && std::is_unsigned_v<Number>) return std::nullopt;
    return static_cast<Number>(*integer);
  }
  if (const auto* large = value.if_uint64(); large != nullptr && std::is_unsigned_v<Number>)
    return static_cast<Number>(*large);
  const auto* text = value.if_string();
  if (text == nullptr) return std::nullopt;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc{} || std::to_string(number) != std::string_view(text->data(), text->size()))
    return std::nullopt;
  return number;
}

GasUsed read_gas(Reader r) {
  return {r.u64("computationCost"), r.u64("storageCost"), r.u64("storageRebate"), r.u64("nonRefundableStorageFee")};
}

/// Nodes leave out lists that are empty.
std::vector<ObjectRef> read_owned(Reader& r, std::string_view key) {
  if (!r.has(key)) return {};
  return r.list(key, kMostObjects, [](Reader& each) { return each.object("reference").reference(); });
}

std::vector<ObjectRef> read_gone(Reader& r) {
  std::vector<ObjectRef> gone;
  for (const char* key : {"deleted", "wrapped"}) {
    if (!r.has(key)) continue;
    for (const ObjectRef& ref : r.list(key, kMostObjects, [](Reader& each) { return each.reference(); }))
      gone.push_back(ref);
  }
  return gone;
}

std::vector<UsedUp> read_used_up(Reader& r) {
  if (!r.has("modifiedAtVersions")) return {};
  return r.list("modifiedAtVersions", kMostObjects, [](Reader& each) {
    return UsedUp{each.object_id("objectId"), each.u64("sequenceNumber")};
  });
}

Address read_sender(Reader transaction) {
  Reader data = transaction.object("data");
  const auto sender = parse_address(data.string("sender", 70));
  if (!sender) data.fail("sender", sender.error().what);
  return sender ? *sender : Address{};
}

void read_status(Reader r, Effects& effects) {
  const std::string status = r.string("status", 20);
  if (status == "success")
    effects.outcome = Outcome::Success;
  else if (status == "failure")
    effects.error = r.has("error") ? r.string("error", kMostErrorBytes).substr(0, kShownBytes) : "";
  else
    r.fail("status", "expected success or failure");
}

}  // namespace

std::uint64_t Reader::u64(std::string_view key) {
  const auto number = number_of<std::uint64_t>(member(key));
  if (!number) fail(key, "expected a whole number of 64 bits, as a number or a decimal string");
  return number.value_or(0);
}

std::optional<std::uint64_t> Reader::optional_u64(std::string_view key) {
  if (!has(key)) return std::nullopt;
  return u64(key);
}

std::int64_t Reader::i64(std::string_view key) {
  const auto number = number_of<std::int64_t>(member(key));
  if (!number) fail(key, "expected a whole number of 63 bits and a sign, as a number or a decimal string");
  return number.value_or(0);
}

Digest Reader::digest(std::string_view key) {
  const auto digest = digest_from_base58(string(key, 60));
  if (!digest) fail(key, digest.error().what);
  return digest ? *digest : Digest{};
}

ObjectId Reader::object_id(std::string_view key) {
  const auto id = parse_object_id(string(key, 70));
  if (!id) fail(key, id.error().what);
  return id ? *id : ObjectId{};
}

std::optional<Address> Reader::owner(std::string_view key) {
  const boost::json::value& value = member(key);
  if (value.is_string()) return std::nullopt;  // Immutable
  Reader kind(value, path_of(key), first_error_);
  if (!kind.has("AddressOwner")) return std::nullopt;
  const auto address = parse_address(kind.string("AddressOwner", 70));
  if (!address) kind.fail("AddressOwner", address.error().what);
  return address ? std::optional(*address) : std::nullopt;
}

bool Reader::is_iota(std::string_view key) {
  const auto type = parse_type_tag(string(key, kMostTypeBytes));
  return type && *type == iota_coin();
}

ObjectRef Reader::reference(std::string_view name_of_id) {
  return {object_id(name_of_id), u64("version"), digest("digest")};
}

Effects read_effects(Reader r) {
  Effects effects;
  if (r.string("messageVersion", 20) != "v1") r.fail("messageVersion", "expected v1");
  effects.transaction = r.digest("transactionDigest");
  read_status(r.object("status"), effects);
  effects.epoch = r.u64("executedEpoch");
  effects.gas = read_gas(r.object("gasUsed"));
  effects.gas_coin = r.object("gasObject").object("reference").reference();
  effects.created = read_owned(r, "created");
  effects.mutated = read_owned(r, "mutated");
  effects.deleted = read_gone(r);
  effects.used_up = read_used_up(r);
  return effects;
}

std::vector<BalanceChange> read_changes(Reader& r) {
  std::vector<BalanceChange> changes;
  const auto add = [&](Reader& each) {
    const auto owner = each.owner("owner");
    if (!owner || !each.is_iota("coinType")) return 0;
    const BalanceChange change{*owner, each.i64("amount")};
    const bool twice = std::any_of(changes.begin(), changes.end(),
                                   [&](const BalanceChange& other) { return other.owner == change.owner; });
    if (twice) each.fail("owner", "stands in two changes of one coin");
    changes.push_back(change);
    return 0;
  };
  r.list("balanceChanges", kMostObjects, add);
  return changes;
}

Executed read_executed(Reader& r) {
  Executed executed;
  executed.digest = r.digest("digest");
  if (r.has("effects")) executed.effects = read_effects(r.object("effects"));
  if (executed.effects && executed.effects->transaction != executed.digest)
    r.fail("effects", "are of another transaction");
  if (r.has("balanceChanges")) executed.changes = read_changes(r);
  executed.checkpoint = r.optional_u64("checkpoint");
  executed.timestamp_ms = r.optional_u64("timestampMs");
  if (r.has("transaction")) executed.sender = read_sender(r.object("transaction"));
  return executed;
}

}  // namespace balans::iota::node_json
