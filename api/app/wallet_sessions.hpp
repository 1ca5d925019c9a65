#pragma once
// Which wallets are open: their keys, for some minutes, in memory alone.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/core/journal/id.hpp"
#include "common/crypto/crypto.hpp"

namespace balans::api {

/// From any thread. A session belongs to the caller who opened it and to one wallet; nobody else can use it.
class WalletSessions {
 public:
  static constexpr Millis kLength = 10_min;
  static constexpr std::size_t kMost = 200;

  /// The session's secret, 64 hexadecimal digits, which is kept as a digest only. Takes the place of the one that this
  /// caller has of this wallet. Nothing where a great many are open.
  std::optional<std::string> open(const journal::Id& wallet, const std::string& who, std::unique_ptr<Signer> signer,
                                  BootTime now);
  /// Null where there is no such session, or no more.
  [[nodiscard]] std::shared_ptr<const Signer> find(const journal::Id& wallet, const std::string& who,
                                                   std::string_view secret, BootTime now);
  /// The one that this caller has of it.
  void close(const journal::Id& wallet, const std::string& who);
  /// All there are of it.
  void close_all(const journal::Id& wallet);
  /// Keys are wiped when their time is over, also where nobody asks.
  void sweep(BootTime now);
  [[nodiscard]] std::size_t count() const;

 private:
  struct Session {
    Digest secret;
    std::shared_ptr<const Signer> signer;
    BootTime ends;
  };
  using Holder = std::pair<journal::Id, std::string>;

  void forget_old(BootTime now);

  mutable std::mutex mutex_;
  std::map<Holder, Session> sessions_;
};

}  // namespace balans::api
