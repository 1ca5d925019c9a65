#include "cli/dump/hidden.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "common/crypto/crypto.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kShortestKey = 32;     // hex digits
constexpr std::size_t kShortestBase64 = 40;  // characters
constexpr std::array<std::string_view, 10> kSecretKeys{"password", "passwd", "passphrase", "secret",     "token",
                                                       "api_key",  "psk",    "pin",        "pgpassword", "sslpassword"};

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool is_base64(char c) { return is_letter_or_digit(c) || c == '+' || c == '/' || c == '_' || c == '-'; }

template <class Of>
std::string_view run_at(std::string_view text, std::size_t at, Of of) {
  std::size_t end = at;
  while (end < text.size() && of(text[end])) ++end;
  return text.substr(at, end - at);
}

bool begins_with(std::string_view text, std::size_t at, std::string_view lower_word) {
  if (text.size() - at < lower_word.size()) return false;
  for (std::size_t i = 0; i < lower_word.size(); ++i)
    if (lower(text[at + i]) != lower_word[i]) return false;
  return true;
}

/// Letters of both sizes and digits: paths and sentences do not look like that.
bool looks_random(std::string_view run) {
  const auto any = [run](int (*is)(int)) {
    return std::ranges::any_of(run, [is](unsigned char c) { return is(c) != 0; });
  };
  return any(std::isupper) && any(std::islower) && any(std::isdigit);
}

/// Behind `password`, quotes and colon: where the value begins, or npos where this is no key with a value.
std::size_t value_after(std::string_view text, std::size_t at) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
  while (at < text.size() && text[at] == ' ') ++at;
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return std::string_view::npos;
  ++at;
  while (at < text.size() && (text[at] == ' ' || text[at] == '"' || text[at] == '\'')) ++at;
  return at;
}

bool is_address(std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  const std::string whole(text);
  if (::inet_pton(AF_INET, whole.c_str(), bytes.data()) == 1) return !whole.starts_with("127.") && whole != "0.0.0.0";
  const auto colons = std::ranges::count(whole, ':');
  if (colons >= 2 && ::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1) return whole != "::1" && whole != "::";
  return colons == 5 && whole.size() == 17;  // of a network card
}

bool in_address(char c) { return is_hex(c) || c == '.' || c == ':'; }
bool in_mail(char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == '+'; }
bool in_device_name(char c) { return in_mail(c) || c == ':'; }

}  // namespace

Hidden::Hidden(std::string salt, const PrivateWords& words, Names names) : salt_(std::move(salt)), names_(names) {
  for (const auto& [word, kind] : words) words_.push_back({word, token(kind, word)});
  std::ranges::stable_sort(words_, std::greater(), [](const Word& one) { return one.word.size(); });
}

std::string Hidden::token(std::string_view kind, std::string_view word) const {
  std::string lowered(word);
  std::ranges::transform(lowered, lowered.begin(), lower);
  return std::string(kind) + "-" + to_hex(blake2b(salt_ + "\n" + lowered).bytes).substr(0, 6);
}

std::string Hidden::operator()(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    // Whatever is hidden begins where a word does.
    const bool begins = at == 0 || !is_letter_or_digit(text[at - 1]);
    if (begins && (take_secret(text, at, out) || take_run(text, at, out))) continue;
    if (begins && names_ == Names::Hidden && (take_address(text, at, out) || take_name(text, at, out))) continue;
    out.push_back(text[at++]);
  }
  return out;
}

bool Hidden::take_secret(std::string_view text, std::size_t& at, std::string& out) const {
  constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ";
  if (text.substr(at).starts_with(kBegin)) {
    const std::size_t last = text.find(kEnd, at);
    const std::size_t line = last == std::string_view::npos ? text.size() : text.find('\n', last);
    at = std::min(line, text.size());
    out += "[PEM removed]";
    return true;
  }
  for (const std::string_view key : kSecretKeys) {
    if (!begins_with(text, at, key)) continue;
    const std::size_t value = value_after(text, at + key.size());
    if (value == std::string_view::npos) continue;
    out.append(text.substr(at, value - at)).append("[removed]");
    at = std::min(text.find_first_of("\"'\n,}", value), text.size());
    return true;
  }
  if (text.substr(at).starts_with("//") && at > 0 && text[at - 1] == ':') {
    const std::string_view user =
        run_at(text, at + 2, [](char c) { return c > ' ' && c != '/' && c != '@' && c != '"'; });
    const std::size_t end = at + 2 + user.size();
    if (end >= text.size() || text[end] != '@') return false;
    out += "//[removed]";
    at = end;
    return true;
  }
  return false;
}

bool Hidden::take_run(std::string_view text, std::size_t& at, std::string& out) const {
  const std::string_view hex = run_at(text, at, is_hex);
  const std::string_view base64 = run_at(text, at, is_base64);
  std::string_view run;
  if (hex.size() >= kShortestKey) run = hex;
  if (base64.size() >= kShortestBase64 && looks_random(base64)) run = base64;
  if (run.empty()) return false;
  out += "[" + token("key", run) + "]";
  at += run.size();
  return true;
}

bool Hidden::take_address(std::string_view text, std::size_t& at, std::string& out) const {
  for (const std::string_view folder : {"dev/balans/", "dev/serial/by-id/", "dev/serial/by-path/"}) {
    if (!begins_with(text, at, folder)) continue;
    const std::string_view name = run_at(text, at + folder.size(), in_device_name);
    out.append(folder).append(token("serial", name));
    at += folder.size() + name.size();
    return true;
  }
  std::string_view address = run_at(text, at, in_address);
  // 10.0.0.7:502 is an address and a port, and a sentence may end behind one.
  if (std::ranges::count(address, ':') == 1) address = address.substr(0, address.find(':'));
  while (!address.empty() && (address.back() == '.' || address.back() == ':')) address.remove_suffix(1);
  if (is_address(address)) {
    out += token("address", address);
    at += address.size();
    return true;
  }
  const std::string_view user = run_at(text, at, in_mail);
  const std::size_t sign = at + user.size();
  if (user.empty() || sign >= text.size() || text[sign] != '@') return false;
  const std::string_view host = run_at(text, sign + 1, in_mail);
  // balans-chargepoint@charger-1.service is no mail.
  if (host.find('.') == std::string_view::npos || host.find(".service") != std::string_view::npos) return false;
  out += token("mail", text.substr(at, user.size() + 1 + host.size()));
  at = sign + 1 + host.size();
  return true;
}

bool Hidden::take_name(std::string_view text, std::size_t& at, std::string& out) const {
  for (const Word& word : words_) {
    if (!begins_with(text, at, word.word)) continue;
    const std::size_t end = at + word.word.size();
    if (end < text.size() && is_letter_or_digit(text[end])) continue;
    out += word.token;
    at = end;
    return true;
  }
  return false;
}

}  // namespace balans::cli
