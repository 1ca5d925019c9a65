#pragma once
// Types of Move, as they stand in calls: `u64`, `vector<u8>`, `0x2::coin::Coin<0x2::iota::IOTA>`.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/ledger/iota/address.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// Numbered as on the wire.
enum class TypeKind : std::uint8_t { Bool, U8, U64, U128, Address, Signer, Vector, Struct, U16, U32, U256 };
inline constexpr std::uint32_t kTypeKinds = 11;

struct TypeTag {
  TypeKind kind = TypeKind::Bool;
  std::vector<TypeTag> inner;  ///< of a vector its one element, of a struct its parameters
  ObjectId package;            ///< of a struct, like the names
  std::string module;
  std::string name;
  bool operator==(const TypeTag&) const = default;
};

/// Types inside types, at most (`max_type_argument_depth` of the protocol).
inline constexpr int kMostTypeDepth = 16;
inline constexpr std::size_t kMostTypeArguments = 16;
inline constexpr std::size_t kMostIdentifierBytes = 128;

/// A letter or an underscore, then letters, digits and underscores; not a lone underscore.
[[nodiscard]] bool is_identifier(std::string_view text);

/// Without spaces.
Result<TypeTag> parse_type_tag(std::string_view text);
/// With all 64 digits of each package.
[[nodiscard]] std::string to_text(const TypeTag& type);

/// `0x2::iota::IOTA`.
[[nodiscard]] const TypeTag& iota_coin();

}  // namespace balans::iota
