#pragma once
// A network of IOTA that is a process of the run's own (tests/iota_node), and who is paid on it.

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/result.hpp"
#include "sim/stage/desk.hpp"

namespace balans::sim {

/// What the run's hot wallet begins with, in nanos: 20,000 IOTA.
inline constexpr std::int64_t kWalletBegins = 20'000'000'000'000;
/// Households may owe so many nanos: 1,000 IOTA.
inline constexpr std::int64_t kHouseholdsCredit = 1'000'000'000'000;

struct LocalChain {
  std::string rpc;      ///< "http://127.0.0.1:40123"
  std::string chain;    ///< identifier: 8 hex digits
  std::string genesis;  ///< digest of checkpoint 0, base58
  std::string faucet;   ///< the address that it pays from
  std::string wallet;   ///< the hot wallet's address
};

/// 0x and 64 hex digits.
std::string chain_address(const PublicKey& key);

/// The line that the node has written there; nothing while there is none.
Result<std::optional<LocalChain>> read_local_chain(const std::filesystem::path& out);

/// Nanos out of nowhere.
Result<void> fund(const LocalChain& chain, const std::string& address, std::int64_t nanos);

/// An account of the journal that is paid out by itself, to an address of its own.
struct ChainPayee {
  std::string owner;
  std::string account;
  std::string address;
};

/// Opens the accounts of the devices' households and of the supplier, and says where each is paid out to: a fresh key
/// each, in `keys`. What comes from the faucet is from outside.
Result<std::vector<ChainPayee>> register_payees(const MoneyDesk& desk, const LocalChain& chain,
                                                const std::vector<AgentId>& devices, const std::filesystem::path& keys);

/// `wallet`: what the node says that it holds, beside the journal's custody; `accounts`: of each payee the node's
/// balance of its address, beside what the journal has paid out to it; `paid` and `payouts` of all of them. `agrees`:
/// each pair is equal.
Result<boost::json::object> chain_of(const MoneyDesk& desk, const LocalChain& chain,
                                     const std::vector<ChainPayee>& payees);

}  // namespace balans::sim
