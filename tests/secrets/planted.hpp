#pragma once
// Secrets that are planted, and every form in which they are looked for: as they are, in hexadecimal and in Base64,
// whole or in part.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace balans::test {

class Planted {
 public:
  /// A secret that is a text: a password, a token's secret, a code. `bytes` is any other.
  static Planted text(std::string name, const std::string& secret);
  /// 32 bytes or so.
  static Planted bytes(std::string name, const std::string& secret);
  /// The private key of a certificate: its Base64 text, and its number as it lies in files and in memory.
  static Planted pem(std::string name, const std::filesystem::path& file);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The form that is in the text, or nothing.
  [[nodiscard]] std::string found_in(std::string_view text) const;

 private:
  explicit Planted(std::string name) : name_(std::move(name)) {}
  void add(const std::string& form, std::string_view text, std::size_t window);
  void add_encoded(const std::string& secret);

  std::string name_;
  std::vector<std::pair<std::string, std::string>> parts_;  ///< name of the form, what is looked for
};

std::string hex_of(std::string_view bytes);
std::string base64_of(std::string_view bytes);

/// Fails the test for each secret that is in what a program said or left behind.
class Search {
 public:
  void plant(Planted secret) { planted_.push_back(std::move(secret)); }
  void look_in(const std::string& where, std::string_view text) const;
  void look_in_file(const std::filesystem::path& file) const;
  /// The names of those that are in it.
  [[nodiscard]] std::vector<std::string> found_in(std::string_view text) const;

 private:
  std::vector<Planted> planted_;
};

std::string content_of(const std::filesystem::path& file);

}  // namespace balans::test
