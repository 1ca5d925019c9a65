#include "api/app/wallet_sessions.hpp"

#include "common/crypto/secret.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::api {

void WalletSessions::forget_old(BootTime now) {
  std::erase_if(sessions_, [now](const auto& each) { return now >= each.second.ends; });
}

std::optional<std::string> WalletSessions::open(const journal::Id& wallet, const std::string& who,
                                                std::unique_ptr<Signer> signer, BootTime now) {
  Bytes32 random = random_bytes32();
  std::string secret = to_hex(random);
  wipe(random.data(), random.size());
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const Holder holder{wallet, who};
  if (sessions_.size() >= kMost && !sessions_.contains(holder)) return std::nullopt;
  sessions_[holder] = {blake2b(secret), std::move(signer), now + kLength};
  return secret;
}

std::shared_ptr<const Signer> WalletSessions::find(const journal::Id& wallet, const std::string& who,
                                                   std::string_view secret, BootTime now) {
  const Digest claimed = blake2b(secret);
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const auto found = sessions_.find({wallet, who});
  // Digests are compared, not secrets: how long that takes tells nothing about the secret.
  if (found == sessions_.end() || !(found->second.secret == claimed)) return nullptr;
  return found->second.signer;
}

void WalletSessions::close(const journal::Id& wallet, const std::string& who) {
  const std::lock_guard lock(mutex_);
  sessions_.erase({wallet, who});
}

void WalletSessions::close_all(const journal::Id& wallet) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& each) { return each.first.first == wallet; });
}

void WalletSessions::sweep(BootTime now) {
  const std::lock_guard lock(mutex_);
  forget_old(now);
}

std::size_t WalletSessions::count() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

}  // namespace balans::api
