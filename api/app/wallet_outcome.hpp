#pragma once
// What asking for something of a wallet comes to: an answer, or why there is none.

#include <cstdint>
#include <string>
#include <variant>

#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

struct WalletRefused {
  enum class Why : std::uint8_t {
    Invalid,   ///< the place in the body that is wrong stands in `where`
    Conflict,  ///< with what is there
    WrongPassword,
    TooManyTries,
    NoSession,
    TooManySessions,
    CoinsBusy,
    TooLittle,
    TooDear,
    NoAnswer  ///< of the chain
  };
  Why why = Why::Conflict;
  std::string what;
  std::string where = {};  ///< JSON pointer, for what is invalid
};

/// An Error is the database's.
template <class T>
using WalletOutcome = Result<std::variant<T, WalletRefused>>;

}  // namespace balans::api
