#include "cli/wallet/secret_input.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "common/io/runtime/keys.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kMostTyped = 1000;

/// The terminal, whatever standard input is.
class Terminal {
 public:
  Terminal() : line_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {}
  ~Terminal() {
    if (line_ >= 0) ::close(line_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] bool there() const { return line_ >= 0; }
  void show(const std::string& text) const {
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t written = ::write(line_, text.data() + at, text.size() - at);
      if (written <= 0) return;
      at += static_cast<std::size_t>(written);
    }
  }
  [[nodiscard]] SecretText line() const {
    std::string text;
    text.reserve(kMostTyped);  // no copy of it is left behind in memory
    for (char c = 0; text.size() < kMostTyped && ::read(line_, &c, 1) == 1 && c != '\n';) text += c;
    return SecretText(std::move(text));
  }
  [[nodiscard]] SecretText hidden_line() const {
    termios before{};
    const bool is_terminal = ::tcgetattr(line_, &before) == 0;
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_terminal) ::tcsetattr(line_, TCSAFLUSH, &silent);
    SecretText text = line();
    if (is_terminal) ::tcsetattr(line_, TCSAFLUSH, &before);
    show("\n");
    return text;
  }

 private:
  int line_;
};

Result<SecretText> typed(const std::string& prompt) {
  const Terminal terminal;
  if (!terminal.there()) return Error{"", "there is no terminal to type it at; name a file of mode 0600"};
  terminal.show(prompt + ": ");
  SecretText text = terminal.hidden_line();
  if (text.str().empty()) return Error{"", "nothing was typed"};
  return text;
}

Result<SecretText> from_file(const std::filesystem::path& file) {
  auto text = read_secret(file);
  if (!text) return text.error();
  return SecretText(std::move(*text));
}

}  // namespace

Result<SecretText> ask_secret(const std::string& prompt, const std::optional<std::filesystem::path>& file) {
  return file ? from_file(*file) : typed(prompt);
}

Result<SecretText> ask_new_secret(const std::string& prompt, const std::optional<std::filesystem::path>& file) {
  if (file) return from_file(*file);
  auto first = typed(prompt);
  if (!first) return first;
  const auto second = typed(prompt + ", once more");
  if (!second) return second.error();
  if (first->str() != second->str()) return Error{"", "the two are not the same"};
  return first;
}

bool confirmed(const std::string& question) {
  const Terminal terminal;
  if (!terminal.there()) return false;
  terminal.show(question + " [yes/no] ");
  return terminal.line().str() == "yes";
}

}  // namespace balans::cli
