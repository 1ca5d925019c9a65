#include "common/masked.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace balans {
namespace {

constexpr std::string_view kRemoved = "[removed]";
constexpr std::string_view kToken = "balans_";
constexpr std::size_t kTokenId = 8;  // digits, and an underscore after them
constexpr std::size_t kLongestId = 32;
constexpr std::size_t kShortestBase64 = 40;
constexpr std::size_t kCode = 14;  // abcd-efgh-jkmn

bool is_word(unsigned char c) { return std::isalnum(c) != 0; }
bool is_hex(unsigned char c) { return std::isxdigit(c) != 0; }
/// Of pairing codes: Crockford's base 32, which has no i, l, o and u.
bool is_of_a_code(unsigned char c) {
  return is_word(c) && std::string_view("iloIuLOU").find(static_cast<char>(c)) == std::string_view::npos;
}
bool is_base64(unsigned char c) { return is_word(c) || c == '+' || c == '/'; }

template <class Of>
std::size_t run_of(std::string_view text, Of of) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), of) - text.begin());
}

bool looks_random(std::string_view run) {
  const auto any = [run](int (*is)(int)) {
    return std::any_of(run.begin(), run.end(), [is](unsigned char c) { return is(c) != 0; });
  };
  return any(std::isupper) && any(std::islower) && any(std::isdigit);
}

/// How much of the text's beginning is kept, and how much after that is not.
struct Cut {
  std::size_t kept = 0, removed = 0;
};

Cut token_at(std::string_view text) {
  const std::size_t kept = kToken.size() + kTokenId + 1;
  if (!text.starts_with(kToken) || text.size() <= kept || text[kept - 1] != '_') return {};
  return {kept, run_of(text.substr(kept), is_word)};
}

Cut key_at(std::string_view text) {
  const std::size_t digits = run_of(text, is_hex);
  return digits > kLongestId ? Cut{0, digits} : Cut{};
}

Cut base64_at(std::string_view text) {
  const std::size_t letters = run_of(text, is_base64);
  return letters >= kShortestBase64 && looks_random(text.substr(0, letters)) ? Cut{0, letters} : Cut{};
}

Cut code_at(std::string_view text) {
  if (text.size() < kCode || (text.size() > kCode && (is_word(text[kCode]) || text[kCode] == '-'))) return {};
  for (std::size_t i = 0; i < kCode; ++i)
    if (i % 5 == 4 ? text[i] != '-' : !is_of_a_code(text[i])) return {};
  return {0, kCode};
}

enum class Mask : std::uint8_t { Narrow, Wide };

/// `text` begins where a word does; `before` is the character before it, or 0.
Cut cut_at(std::string_view text, char before, Mask mask) {
  Cut cut = token_at(text);
  if (cut.removed == 0) cut = key_at(text);
  if (cut.removed == 0 && mask == Mask::Wide) cut = base64_at(text);
  if (cut.removed == 0 && mask == Mask::Wide && before != '-') cut = code_at(text);
  return cut;
}

std::string masked(std::string_view text, Mask mask) {
  std::string out;
  out.reserve(text.size());
  char before = 0;
  for (std::size_t at = 0; at < text.size(); before = text[at - 1]) {
    const Cut cut = is_word(static_cast<unsigned char>(before)) ? Cut{} : cut_at(text.substr(at), before, mask);
    if (cut.removed == 0) {
      out += text[at++];
      continue;
    }
    out.append(text.substr(at, cut.kept)).append(kRemoved);
    at += cut.kept + cut.removed;
  }
  return out;
}

}  // namespace

std::string masked(std::string_view text) { return masked(text, Mask::Narrow); }
std::string masked_widely(std::string_view text) { return masked(text, Mask::Wide); }

}  // namespace balans
