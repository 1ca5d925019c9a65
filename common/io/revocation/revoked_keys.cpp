#include "common/io/revocation/revoked_keys.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "common/io/runtime/files.hpp"

namespace balans {
namespace {

Result<RevokedKey> parse_line(const std::string& line) {
  std::istringstream words(line);
  std::string key_text, name_text, more;
  std::int64_t seconds = 0;
  if (!(words >> key_text >> seconds >> name_text) || words >> more)
    return Error{"", "expected a key, seconds since 1970 and a name"};
  const auto key = bytes32_from_hex(key_text);
  if (!key) return key.error();
  const auto name = AgentId::parse(name_text);
  if (!name) return name.error();
  return RevokedKey{PublicKey{*key}, UnixTime(seconds * 1000), *name};
}

std::string line_of(const RevokedKey& revoked) {
  return to_hex(revoked.key.bytes) + " " + std::to_string(revoked.at.ms() / 1000) + " " + revoked.agent.str() + "\n";
}

}  // namespace

RevokedKeys read_revoked_keys(const std::filesystem::path& file) {
  RevokedKeys revoked;
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) return revoked;
  const auto text = read_small_file(file);
  if (!text) {
    revoked.trouble = text.error();
    return revoked;
  }
  std::istringstream lines(*text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    auto parsed = parse_line(line);
    if (parsed)
      revoked.keys.push_back(*std::move(parsed));
    else if (!revoked.trouble)
      revoked.trouble = Error{file.string() + ":" + std::to_string(number), parsed.error().what};
  }
  return revoked;
}

Result<Added> add_revoked_key(const std::filesystem::path& file, const RevokedKey& key) {
  const RevokedKeys known = read_revoked_keys(file);
  if (known.trouble) return *known.trouble;
  if (std::ranges::find(known.keys, key.key, &RevokedKey::key) != known.keys.end()) return Added::Before;
  std::string text =
      "# Device keys that are trusted no more: key, seconds since 1970, agent. Lines are only ever added.\n";
  for (const RevokedKey& one : known.keys) text += line_of(one);
  text += line_of(key);
  // It holds no secret, and the controller is another user than whoever revokes.
  if (const auto written = write_file_durably(file, text, FileMode::Readable); !written) return written.error();
  return Added::Now;
}

RevocationWatch::Look RevocationWatch::look() {
  const std::optional<Stamp> now = stamp();
  if (now == seen_) return Look::Same;
  seen_ = now;
  const RevokedKeys read = read_revoked_keys(file_);
  const std::size_t before = keys_.size();
  for (const RevokedKey& one : read.keys) keys_.insert(one.key);
  const bool same_trouble =
      trouble_.has_value() == read.trouble.has_value() && (!trouble_ || trouble_->message() == read.trouble->message());
  trouble_ = read.trouble;
  return keys_.size() == before && same_trouble ? Look::Same : Look::Changed;
}

std::optional<RevocationWatch::Stamp> RevocationWatch::stamp() const {
  struct stat status {};
  if (::stat(file_.c_str(), &status) != 0) return std::nullopt;
  return Stamp{static_cast<std::uint64_t>(status.st_ino), status.st_size,
               std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

}  // namespace balans
