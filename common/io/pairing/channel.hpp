#pragma once
// From a code that a person has read off one screen and typed on the other to a channel that only the two of them can
// read: CPace with the code, both sides' confirmation, then sealed messages.
//
//   agent                               controller's side
//   "balans-pair/1\n", 16 random  ──▶
//                                 ◀──  16 random                  both together: the session's name
//   share, "agent NAME"           ──▶
//                                 ◀──  share, "trafo SITE"        from here on a guess is spent
//   tag                           ──▶                             wrong: the connection ends without a word
//                                 ◀──  tag
//   sealed messages               ◀─▶
//
// The agent confirms first: whoever guesses must show the guess before hearing anything that depends on the code.

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/cpace.hpp"
#include "common/crypto/sealed_stream.hpp"
#include "common/ids.hpp"
#include "common/io/pairing/wire.hpp"
#include "common/result.hpp"

namespace balans::pairing {

/// Six digits.
class Code {
 public:
  /// Every code is as likely as every other.
  static Code fresh();
  /// "123456", "123 456".
  static Result<Code> parse(std::string_view text);
  ~Code() { wipe(digits_); }
  Code(const Code&) = default;
  Code& operator=(const Code&) = default;

  [[nodiscard]] const std::string& digits() const { return digits_; }
  [[nodiscard]] std::string shown() const { return digits_.substr(0, 3) + " " + digits_.substr(3); }

 private:
  explicit Code(std::string digits) : digits_(std::move(digits)) {}
  std::string digits_;
};

inline constexpr std::size_t kMaxMessage = 16 * 1024;

class Channel {
 public:
  Channel(Wire wire, const cpace::Session& session, cpace::Role role);

  Result<void> send(std::string_view message, Deadline deadline);
  Result<std::string> receive(Deadline deadline);

  /// The same 32 bytes on both sides, and on no other channel: signed, they show that a key is here.
  [[nodiscard]] const Bytes32& binding() const { return binding_; }
  /// The name that the other side has confirmed together with the code.
  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] std::string local_address() const { return wire_.local_address(); }

 private:
  friend Result<Channel> open_as_agent(Wire, const Code&, const AgentId&, Deadline);
  friend Result<Channel> open_as_trafo(Wire, const Code&, const SiteId&, Deadline, bool&);

  Wire wire_;
  SealedStream out_, in_;
  Bytes32 binding_;
  std::string peer_;
};

Result<Channel> open_as_agent(Wire wire, const Code& code, const AgentId& agent, Deadline deadline);
/// `spent`: whether the other side could have tried a code; set also when this fails.
Result<Channel> open_as_trafo(Wire wire, const Code& code, const SiteId& site, Deadline deadline, bool& spent);

}  // namespace balans::pairing
