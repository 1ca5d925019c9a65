#pragma once
// Passwords and backup words: typed without being shown, or out of a file. Never on a command line, where every process
// of the machine reads them.

#include <filesystem>
#include <optional>
#include <string>

#include "common/crypto/secret.hpp"
#include "common/result.hpp"

namespace balans::cli {

/// The first line of the file, which nobody else may read; without one, what is typed at the terminal. `prompt` is
/// shown there: "Password of the wallet".
Result<SecretText> ask_secret(const std::string& prompt, const std::optional<std::filesystem::path>& file);
/// The same for one that is new: it is typed twice.
Result<SecretText> ask_new_secret(const std::string& prompt, const std::optional<std::filesystem::path>& file);
/// Whether somebody at the terminal says yes.
bool confirmed(const std::string& question);

}  // namespace balans::cli
