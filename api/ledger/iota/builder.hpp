#pragma once
// Writes programmable transactions command by command, and those that settlement needs as a whole.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/ledger/iota/transaction.hpp"

namespace balans::iota {

/// Each call adds an input or a command and gives what later commands name it by. Limits are judged by `check`, once
/// all is there.
class Builder {
 public:
  Argument pure_u64(std::uint64_t value);
  Argument pure_address(const Address& address);
  /// A vector<u8>.
  Argument pure_bytes(std::string_view bytes);
  /// A value as its BCS bytes.
  Argument pure(std::string bytes) { return add(Pure{std::move(bytes)}); }
  Argument object(Owned owned) { return add(owned); }
  Argument object(Shared shared) { return add(shared); }
  Argument object(Receiving receiving) { return add(receiving); }

  /// The coins that were split off, one for each amount.
  std::vector<Argument> split(const Argument& coin, std::vector<Argument> amounts);
  void merge(const Argument& destination, std::vector<Argument> sources);
  void transfer(std::vector<Argument> objects, const Argument& recipient);
  /// Its only result.
  Argument call(MoveCall call) { return FromCommand{add(std::move(call))}; }
  /// The vector.
  Argument make_vector(std::optional<TypeTag> type, std::vector<Argument> elements);

  [[nodiscard]] Programmable take() { return std::move(body_); }

 private:
  Argument add(Input input);
  std::uint16_t add(Command command);

  Programmable body_;
};

struct Payment {
  Address to;
  std::uint64_t nanos = 0;
};

/// Recipients of one transaction.
inline constexpr std::size_t kMostPayments = 256;

/// Each payment out of the gas coin. An error for none, or for too many.
Result<Programmable> pay(std::span<const Payment> payments);
/// The same out of another coin of the sender's, so that a sponsor can pay the gas.
Result<Programmable> pay_from(const ObjectRef& coin, std::span<const Payment> payments);
/// A whole object to somebody else.
[[nodiscard]] Programmable transfer(const ObjectRef& object, const Address& to);
/// Coins into the gas coin, which gives back what their storage had cost. An error for none, or for more than one
/// command takes.
Result<Programmable> merge_into_gas(std::span<const ObjectRef> coins);

}  // namespace balans::iota
