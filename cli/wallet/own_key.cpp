#include "cli/wallet/own_key.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMostFile = 4096;
constexpr std::size_t kMostSigned = 500;
constexpr std::size_t kMostSignedFile = 64 * 1024;

SealSalt fresh_salt() {
  SealSalt salt;
  const Bytes32 first = random_bytes32(), second = random_bytes32();
  std::copy_n(first.begin(), salt.salt.size(), salt.salt.begin());
  std::copy_n(second.begin(), salt.nonce.size(), salt.nonce.begin());
  return salt;
}

std::string context_of(const OwnKey& key) { return iota::seal_context(key.deployment, key.wallet, key.address); }

}  // namespace

Result<OwnKey> read_own_key(const std::filesystem::path& file) {
  const auto text = read_secret_text(file);
  if (!text) return text.error();
  const auto value = json::parse_strict(*text, kMostFile);
  if (!value) return value.error().within(file.string());
  std::optional<Error> error;
  json::ObjectReader r(*value, file.string(), error);
  r.integer("balans_wallet_key", kVersion, kVersion);
  OwnKey key;
  key.wallet = r.string("wallet", 32);
  key.account = r.string("account", 32);
  key.chain = r.string("chain", 40);
  const auto deployment = bytes32_from_hex(r.string("deployment", 64));
  const auto address = iota::parse_address(r.string("address", 66));
  auto seal = parse_sealed(r.string("seal", 1000));
  r.finish();
  if (error) return *error;
  if (!deployment) return deployment.error().within(file.string() + ".deployment");
  if (!address) return address.error().within(file.string() + ".address");
  if (!seal) return seal.error().within(file.string() + ".seal");
  key.deployment = {*deployment};
  key.address = *address;
  key.seal = *std::move(seal);
  return key;
}

Result<void> write_own_key(const std::filesystem::path& file, const OwnKey& key) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    return Error{file.string(), "is there already; keys are never written over"};
  json::Writer w;
  w.begin_object().key("balans_wallet_key").integer(kVersion).key("wallet").string(key.wallet);
  w.key("account").string(key.account).key("chain").string(key.chain);
  w.key("deployment").string(to_hex(key.deployment.bytes)).key("address").string(iota::to_text(key.address));
  w.key("seal").string(to_text(key.seal)).end_object();
  return write_file_durably(file, w.take() + "\n", FileMode::Private);
}

Result<OwnKey> sealed_own_key(OwnKey key, std::string_view entropy, std::string_view passphrase) {
  const auto signer = iota::signer_of_entropy(entropy);
  if (!signer) return signer.error();
  key.address = iota::address_of((*signer)->public_key());
  auto sealed = seal(entropy, passphrase, context_of(key), SealCost{}, fresh_salt());
  if (!sealed) return sealed.error();
  key.seal = *std::move(sealed);
  return key;
}

Result<std::unique_ptr<Signer>> open_own_key(const OwnKey& key, std::string_view passphrase) {
  const auto entropy = open_sealed(key.seal, passphrase, context_of(key));
  if (!entropy) return entropy.error();
  auto signer = iota::signer_of_entropy(entropy->str());
  if (!signer) return signer.error();
  if (iota::address_of((*signer)->public_key()) != key.address)
    return Error{"key", "is that of another address than the file says"};
  return signer;
}

Result<void> note_signed(const std::filesystem::path& key_file, const std::string& id, const std::string& digest) {
  const std::filesystem::path file = key_file.string() + ".signed";
  std::error_code ignored;
  std::vector<std::string> lines;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
    const auto text = read_small_file(file, kMostSignedFile);
    if (!text) return text.error();
    std::istringstream all(*text);
    for (std::string line; std::getline(all, line);) lines.push_back(std::move(line));
  }
  for (const std::string& line : lines) {
    if (!line.starts_with(id + " ")) continue;
    if (line == id + " " + digest) return {};
    return Error{"payment " + id, "another transaction was signed for it: " + line.substr(id.size() + 1, 50) +
                                      "; one more could pay it twice"};
  }
  lines.push_back(id + " " + digest);
  std::string text;
  for (std::size_t i = lines.size() - std::min(lines.size(), kMostSigned); i < lines.size(); ++i)
    text += lines[i] + "\n";
  return write_file_durably(file, text, FileMode::Private);
}

}  // namespace balans::cli
