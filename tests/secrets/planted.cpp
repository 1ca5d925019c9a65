#include "tests/secrets/planted.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace balans::test {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string reversed(std::string_view bytes) { return {bytes.rbegin(), bytes.rend()}; }

std::string bytes_of_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    const std::size_t value = kBase64.find(c);
    if (value == std::string_view::npos) continue;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 255U);
  }
  return bytes;
}

}  // namespace

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4U];
    text += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

std::string base64_of(std::string_view bytes) {
  std::string text;
  unsigned bits = 0, count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text += kBase64[(bits >> (count - 6)) & 63U];
  }
  if (count > 0) text += kBase64[(bits << (6 - count)) & 63U];
  return text;
}

Planted Planted::text(std::string name, const std::string& secret) {
  Planted planted(std::move(name));
  planted.add("as it is", secret, 12);
  planted.add_encoded(secret);
  return planted;
}

Planted Planted::bytes(std::string name, const std::string& secret) {
  Planted planted(std::move(name));
  planted.add("as it is", secret, 16);
  planted.add_encoded(secret);
  return planted;
}

Planted Planted::pem(std::string name, const std::filesystem::path& file) {
  std::string body;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("-----")) body += line;
  // PKCS #8 of a P-256 key: the number is an octet string of 32 bytes.
  const std::string der = bytes_of_base64(body);
  const std::size_t at = der.find("\x04\x20");
  EXPECT_NE(at, std::string::npos) << file;
  const std::string number = der.substr(at + 2, 32);
  Planted planted = bytes(std::move(name), number);
  planted.add("reversed", reversed(number), 16);
  // What comes before the number is the same in all keys of this kind, what comes after it is public.
  planted.add("its text", std::string_view(body).substr((at + 4) / 3 * 4, 40), 20);
  return planted;
}

/// Any piece that is nearly twice as long as the window holds one of these.
void Planted::add(const std::string& form, std::string_view text, std::size_t window) {
  if (text.size() <= window) return parts_.emplace_back(form, text), void();
  for (std::size_t at = 0; at + window <= text.size(); at += window) parts_.emplace_back(form, text.substr(at, window));
}

void Planted::add_encoded(const std::string& secret) {
  const std::string hex = hex_of(secret);
  std::string capital = hex;
  std::ranges::transform(capital, capital.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  add("in hexadecimal", hex, 16);
  if (capital != hex) add("in hexadecimal", capital, 16);
  // What it begins with depends on what was before it; three alignments are all there are.
  for (std::size_t skip = 0; skip < 3 && secret.size() > skip + 9; ++skip) {
    const std::string text = base64_of(std::string_view(secret).substr(skip, (secret.size() - skip) / 3 * 3));
    std::string for_urls = text;
    std::ranges::replace(for_urls, '+', '-');
    std::ranges::replace(for_urls, '/', '_');
    add("in Base64", text, 16);
    if (for_urls != text) add("in Base64", for_urls, 16);
  }
}

std::string Planted::found_in(std::string_view text) const {
  for (const auto& [form, part] : parts_)
    if (text.find(part) != std::string_view::npos) return form;
  return "";
}

void Search::look_in(const std::string& where, std::string_view text) const {
  for (const Planted& planted : planted_)
    if (const std::string form = planted.found_in(text); !form.empty())
      ADD_FAILURE() << planted.name() << ", " << form << ", is in " << where
                    << (text.size() < 5000 ? ":\n" + std::string(text) : "");
}

void Search::look_in_file(const std::filesystem::path& file) const { look_in(file.string(), content_of(file)); }

std::vector<std::string> Search::found_in(std::string_view text) const {
  std::vector<std::string> names;
  for (const Planted& planted : planted_)
    if (!planted.found_in(text).empty()) names.push_back(planted.name());
  return names;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace balans::test
