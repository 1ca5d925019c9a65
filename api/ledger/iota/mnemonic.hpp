#pragma once
// Mnemonics (BIP-39): a key's entropy as words that people can write down, and the seed that wallets make of them. The
// words are the English list of the BIPs repository, bip39_english.txt beside this.
//
// Texts and bytes here are secrets: whoever holds them wipes them. Errors never repeat a word.

#include <string>
#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans::iota {

/// 16, 20, 24, 28 or 32 bytes of entropy, as 12, 15, 18, 21 or 24 words with one space between them.
Result<std::string> mnemonic_of(std::string_view entropy);
/// Refuses another number of words, words that are not of the list, and a wrong checksum.
Result<std::string> entropy_of(std::string_view mnemonic);
/// PBKDF2 with 2,048 rounds, over words whose checksum is right. Only ASCII in the passphrase: others would have to be
/// normalised first.
Result<Secret<64>> seed_of(std::string_view mnemonic, std::string_view passphrase = {});

}  // namespace balans::iota
