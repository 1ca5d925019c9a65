#include "api/ledger/iota/address.hpp"

namespace balans::iota {
namespace {

constexpr std::string_view kStart = "0x";
constexpr std::size_t kDigits = 64;

Error not_hex(std::string_view text, std::string_view expected) {
  return {"", "'" + std::string(text.substr(0, 80)) + "': expected 0x and " + std::string(expected) + " 0-9 a-f"};
}

std::string_view text_of(const PublicKey& key) {
  return {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()};
}

}  // namespace

Address address_of(const PublicKey& key) { return {blake2b(text_of(key)).bytes}; }

std::string to_text(const Address& address) { return std::string(kStart) + to_hex(address.bytes); }
std::string to_text(const ObjectId& id) { return std::string(kStart) + to_hex(id.bytes); }

Result<Address> parse_address(std::string_view text) {
  const bool shaped = text.starts_with(kStart) && text.size() == kStart.size() + kDigits;
  const auto bytes = bytes32_from_hex(shaped ? text.substr(kStart.size()) : std::string_view());
  if (!bytes) return not_hex(text, "64 digits");
  return Address{*bytes};
}

Result<ObjectId> parse_object_id(std::string_view text) {
  const bool shaped = text.starts_with(kStart) && text.size() > kStart.size() && text.size() <= kStart.size() + kDigits;
  if (!shaped) return not_hex(text, "1 to 64 digits");
  const std::string_view digits = text.substr(kStart.size());
  const auto bytes = bytes32_from_hex(std::string(kDigits - digits.size(), '0') + std::string(digits));
  if (!bytes) return not_hex(text, "1 to 64 digits");
  return ObjectId{*bytes};
}

ObjectId well_known_object(std::uint8_t number) {
  ObjectId id;
  id.bytes.back() = number;
  return id;
}

}  // namespace balans::iota
