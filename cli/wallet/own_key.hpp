#pragma once
// A wallet's key on its owner's machine: sealed with a passphrase in a file, and opened to sign one thing.

#include <filesystem>
#include <memory>
#include <string>

#include "api/ledger/iota/wallet_key.hpp"
#include "common/crypto/sealed_secret.hpp"

namespace balans::cli {

/// What the file holds. Only the seal hides something.
struct OwnKey {
  std::string wallet;   ///< 32 hexadecimal digits
  std::string account;  ///< the same
  DeploymentId deployment;
  std::string chain;  ///< identifier
  iota::Address address;
  SealedSecret seal;
};

Result<OwnKey> read_own_key(const std::filesystem::path& file);
/// Never over a file that is there.
Result<void> write_own_key(const std::filesystem::path& file, const OwnKey& key);

/// Seals the entropy; the other members are there already, but for the address.
Result<OwnKey> sealed_own_key(OwnKey key, std::string_view entropy, std::string_view passphrase);
Result<std::unique_ptr<Signer>> open_own_key(const OwnKey& key, std::string_view passphrase);

/// Notes beside the key file, before it is handed out, that this transaction is the one that is signed for the payment
/// `id`; an error where another one is. Of the newest five hundred: what was signed before them has expired.
Result<void> note_signed(const std::filesystem::path& key_file, const std::string& id, const std::string& digest);

}  // namespace balans::cli
