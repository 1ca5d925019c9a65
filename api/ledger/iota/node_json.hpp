#pragma once
// How nodes write things in JSON. Errors name the JSON pointer. Members that nobody asked for are let pass: nodes of
// newer versions have more of them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/ledger/iota/effects.hpp"
#include "common/messages/json.hpp"

namespace balans::iota::node_json {

using json::ObjectReader;

/// One object of an answer, at its JSON pointer.
class Reader : public ObjectReader {
 public:
  Reader(const boost::json::value& value, std::string pointer, std::optional<Error>& error)
      : ObjectReader(value, std::move(pointer), error, json::PathStyle::Pointer), first_error_(error) {}

  /// The object that is the member.
  Reader object(std::string_view key) { return {member(key), path_of(key), first_error_}; }
  /// A number of 64 bits: some versions write it as a number, others as a decimal string.
  std::uint64_t u64(std::string_view key);
  std::optional<std::uint64_t> optional_u64(std::string_view key);
  /// The same with a sign, in 63 bits.
  std::int64_t i64(std::string_view key);
  Digest digest(std::string_view key);
  ObjectId object_id(std::string_view key);
  /// Nothing where no address owns it: it is shared, immutable, or another object's.
  std::optional<Address> owner(std::string_view key);
  /// Whether it is the name of the IOTA coin's type.
  bool is_iota(std::string_view key);
  /// `objectId`, `version`, `digest`, of which coins name the first differently.
  ObjectRef reference(std::string_view name_of_id = "objectId");

  /// `read(reader)` for each object of an array.
  template <class Read>
  auto list(std::string_view key, std::size_t max, Read&& read) {
    std::vector<decltype(read(std::declval<Reader&>()))> items;
    for (const boost::json::value& element : array(key, max)) {
      Reader reader(element, path_of(key, items.size()), first_error_);
      items.push_back(read(reader));
      if (failed()) break;
    }
    return items;
  }

 private:
  std::optional<Error>& first_error_;
};

Effects read_effects(Reader r);
std::vector<BalanceChange> read_changes(Reader& r);
/// Effects and changes only where the node has them yet.
Executed read_executed(Reader& r);

}  // namespace balans::iota::node_json
