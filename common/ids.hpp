#pragma once
// Names and numbers that identify things, each a type of its own.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.hpp"

namespace balans {

/// A name that is also a topic level, a certificate name and a file name: 1–40 of a–z, 0–9 and '-', starting with
/// a letter. It can hold no '/', '+', '#' or '{', so topics and signed texts stay unambiguous.
template <class Tag>
class Name {
 public:
  Name() = default;
  static Result<Name> parse(std::string_view text) {
    if (!valid(text))
      return Error{"",
                   "'" + std::string(text) + "' is not a name: expected 1 to 40 of a-z, 0-9 and '-', first a letter"};
    Name name;
    name.text_ = text;
    return name;
  }
  [[nodiscard]] const std::string& str() const { return text_; }
  auto operator<=>(const Name&) const = default;

 private:
  static bool valid(std::string_view text) {
    if (text.empty() || text.size() > 40 || text[0] < 'a' || text[0] > 'z') return false;
    for (char c : text)
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return false;
    return true;
  }
  std::string text_;
};

using AgentId = Name<struct AgentIdTag>;
using SiteId = Name<struct SiteIdTag>;

/// A number that is only ever compared.
template <class Tag>
struct Number {
  std::uint64_t value = 0;
  auto operator<=>(const Number&) const = default;
};

using Epoch = Number<struct EpochTag>;    ///< controller epoch: counter on disk, one more at each start
using Seq = Number<struct SeqTag>;        ///< sequence number of limits within an epoch, from 1
using Nonce = Number<struct NonceTag>;    ///< an agent's session: random, fresh at each connection to the broker
using BootId = Number<struct BootIdTag>;  ///< random, fresh at each start of a program

/// One controller's time in charge. A later epoch replaces an earlier one; two boots in one epoch are two controllers
/// that count from copies of the same disk.
struct Term {
  Epoch epoch;
  BootId boot;
  bool operator==(const Term&) const = default;
};

}  // namespace balans
