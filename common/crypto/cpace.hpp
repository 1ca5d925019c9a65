#pragma once
// CPace, a password-authenticated key exchange: two sides that know the same short code get a strong key, and whoever
// does not know the code learns nothing but that one guess was wrong.
//
// The cipher suite CPACE-RISTR255-SHA512 of draft-irtf-cfrg-cpace-21 with an initiator and a responder, and the draft's
// key confirmation with HMAC-SHA-512. Pure: randomness is an argument. Arithmetic by libsodium.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/crypto.hpp"
#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans::cpace {

/// What both sides know before they begin: the draft's PRS, CI and sid.
struct Context {
  std::string_view password;
  std::string_view channel;  ///< who talks to whom and what for
  std::string_view session;  ///< fresh for each run; both sides put randomness in
};

enum class Role : std::uint8_t { Initiator, Responder };

/// What a side sends: the draft's Y and AD.
struct Message {
  Bytes32 share{};
  std::string associated;
  bool operator==(const Message&) const = default;
};

/// A run that both shares have reached. Whether the other side knew the password shows its tag.
class Session {
 public:
  Session(Secret<64> key, std::string_view session, const Message& own, const Message& theirs);

  /// Proves to the other side that this one knew the password.
  [[nodiscard]] const Bytes64& own_tag() const { return own_tag_; }
  /// In constant time.
  [[nodiscard]] bool accepts(const Bytes64& their_tag) const;
  /// A key for one purpose, the same on both sides.
  [[nodiscard]] Secret<32> derive(std::string_view purpose) const;
  /// The draft's ISK, from which all else is made.
  [[nodiscard]] const Bytes64& key() const { return key_.bytes; }

 private:
  Secret<64> key_;
  Bytes64 own_tag_{};
  Secret<64> their_tag_;
};

/// One side of one run.
class Exchange {
 public:
  /// `random`: 32 fresh bytes, never used twice.
  Exchange(Role role, const Context& context, const Bytes32& random, std::string associated);

  [[nodiscard]] const Message& own() const { return own_; }
  /// An error when the other side's share is no element of the group, the neutral one, or our own sent back.
  [[nodiscard]] Result<Session> finish(const Message& theirs) const;

 private:
  Role role_;
  std::string session_;
  Secret<32> scalar_;
  Message own_;
};

// ---- the draft's functions, which its test vectors speak of ----

/// The length as LEB128, then the bytes.
std::string prepend_len(std::string_view bytes);
std::string lv_cat(std::initializer_list<std::string_view> parts);
std::string generator_string(const Context& context);
Bytes32 calculate_generator(const Context& context);
/// 252 of the random bits.
Bytes32 sample_scalar(const Bytes32& random);
/// Nothing where `point` encodes no element, or where the product is the neutral one.
std::optional<Bytes32> scalar_mult_vfy(const Bytes32& scalar, const Bytes32& point);
std::string transcript_ir(const Message& initiator, const Message& responder);
Secret<64> intermediate_session_key(std::string_view session, const Bytes32& shared, std::string_view transcript);

}  // namespace balans::cpace
