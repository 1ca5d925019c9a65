#pragma once
// What of a text may be shown to others. Keys and passwords never; names and addresses as tokens, the same one for the
// same word, so that a text can still be followed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/dump/words.hpp"

namespace balans::cli {

enum class Names : std::uint8_t { Shown, Hidden };

class Hidden {
 public:
  /// `salt` is known to the site alone, so that nobody can try names until the token fits.
  Hidden(std::string salt, const PrivateWords& words, Names names);

  [[nodiscard]] std::string operator()(std::string_view text) const;
  [[nodiscard]] Names names() const { return names_; }

 private:
  struct Word {
    std::string word, token;
  };
  [[nodiscard]] std::string token(std::string_view kind, std::string_view word) const;
  /// Takes what begins at `at` if it must not be shown, and adds what stands for it.
  bool take_secret(std::string_view text, std::size_t& at, std::string& out) const;
  bool take_run(std::string_view text, std::size_t& at, std::string& out) const;
  bool take_name(std::string_view text, std::size_t& at, std::string& out) const;
  bool take_address(std::string_view text, std::size_t& at, std::string& out) const;

  std::string salt_;
  Names names_;
  std::vector<Word> words_;  ///< longer ones first
};

}  // namespace balans::cli
