#include "cli/roster.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <regex>
#include <system_error>

#include "common/defaults.hpp"
#include "common/io/config/config.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::cli {
namespace {

using Lines = std::vector<std::string>;

/// Problems of what was read; the other keys are not ours to judge.
Result<void> problems_of_what_was_read(const config::File& file) {
  for (const Error& problem : file.problems())
    if (problem.what.find("is not a known key") == std::string::npos) return problem;
  return {};
}

Result<SiteIdentity> identity_of(const config::File& file, const std::filesystem::path& path) {
  const config::Section root = file.root();
  SiteIdentity site;
  site.site = root.required("site").name<SiteId>();
  site.deployment = root.required("deployment").deployment();
  site.trafo_key = root.section("keys").required("trafo").path();
  site.revoked_file = root.optional("revoked_file").path().value_or(path.parent_path() / "revoked");
  site.broker_port = static_cast<int>(root.section("broker").required("port").integer(1, 65535));
  for (const config::Section& entry : root.list("agents", 0, static_cast<std::size_t>(defaults::kMaxAgents)))
    site.roster.push_back({entry.required("id").name<AgentId>(), entry.required("key").public_key()});
  if (const auto fine = problems_of_what_was_read(file); !fine) return fine.error();
  return site;
}

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

bool says_nothing(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first == std::string::npos || line[first] == '#';
}

/// The lines of the list under `agents:`, without those of the key itself.
struct AgentsBlock {
  std::size_t key = 0, begin = 0, end = 0;
};

std::optional<AgentsBlock> agents_block(const Lines& lines) {
  static const std::regex kHead(R"(agents:\s*(\[\s*\])?\s*(#.*)?)");
  const auto head = std::ranges::find_if(lines, [](const std::string& line) { return std::regex_match(line, kHead); });
  if (head == lines.end()) return std::nullopt;
  AgentsBlock block;
  block.key = static_cast<std::size_t>(head - lines.begin());
  block.begin = block.end = block.key + 1;
  for (std::size_t i = block.begin; i < lines.size(); ++i) {
    if (says_nothing(lines[i])) continue;
    if (lines[i].front() != ' ' && lines[i].front() != '-') break;
    block.end = i + 1;  // what says nothing after the last entry belongs to what comes next
  }
  return block;
}

bool begins_entry(const std::string& line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first != std::string::npos && line.compare(first, 2, "- ") == 0;
}

/// Whether the line gives `key` the value, plain or in quotes.
bool gives(const std::string& line, const char* key, const std::string& value) {
  const std::regex form(fmt::format(R"(\s*(- )?\s*{}:\s*["']?{}["']?\s*(#.*)?)", key, value));
  return std::regex_match(line, form);
}

Error by_hand(const AgentId& id, const PublicKey& key) {
  return {"agents", fmt::format("is not written in a way that can be edited here; write by hand: id: {}, key: \"{}\"",
                                id.str(), to_hex(key.bytes))};
}

/// The indent of the list's entries: "  " where there is none yet.
std::string indent_of(const Lines& lines, const AgentsBlock& block) {
  for (std::size_t i = block.begin; i < block.end; ++i)
    if (begins_entry(lines[i])) return lines[i].substr(0, lines[i].find('-'));
  return "  ";
}

}  // namespace

const RosterEntry* SiteIdentity::find(const AgentId& id) const {
  const auto found = std::ranges::find(roster, id, &RosterEntry::id);
  return found == roster.end() ? nullptr : &*found;
}

Result<SiteIdentity> read_site_identity(const std::filesystem::path& site_yaml) {
  const auto file = config::File::load(site_yaml);
  if (!file) return file.error();
  return identity_of(*file, site_yaml);
}

Result<std::string> with_key(std::string_view text, const AgentId& id, const PublicKey& key) {
  Lines lines = lines_of(text);
  const auto block = agents_block(lines);
  if (!block) return by_hand(id, key);
  const auto from = lines.begin() + static_cast<std::ptrdiff_t>(block->begin);
  const auto to = lines.begin() + static_cast<std::ptrdiff_t>(block->end);
  const auto named = std::find_if(from, to, [&](const std::string& line) { return gives(line, "id", id.str()); });
  if (named == to) return by_hand(id, key);
  auto first = named;
  while (first != from && !begins_entry(*first)) --first;
  const auto last = std::find_if(std::next(named), to, begins_entry);
  static const std::regex kKey(R"((\s*(?:- )?\s*key:\s*)["']?[0-9a-f]{64}["']?(.*))");
  const auto line = std::find_if(first, last, [](const std::string& one) { return std::regex_match(one, kKey); });
  if (line == last) return by_hand(id, key);
  *line = std::regex_replace(*line, kKey, fmt::format("$1\"{}\"$2", to_hex(key.bytes)));
  return text_of(lines);
}

Result<std::string> with_entry(std::string_view text, const AgentId& id, const PublicKey& key,
                               const NewDevice& device) {
  Lines lines = lines_of(text);
  const auto block = agents_block(lines);
  if (!block) return by_hand(id, key);
  lines[block->key] = "agents:";
  const std::string in = indent_of(lines, *block);
  Lines entry = {fmt::format("{}- id: {}", in, id.str()), fmt::format("{}  key: \"{}\"", in, to_hex(key.bytes)),
                 fmt::format("{}  kind: {}", in, device.kind)};
  if (!device.node.empty()) entry.push_back(fmt::format("{}  node: {}", in, device.node));
  entry.push_back(fmt::format("{}  phases: {}", in, device.phases));
  entry.push_back(fmt::format("{}  max_a: {}", in, device.max_a));
  entry.push_back(fmt::format("{}  failsafe_a: {:<19} # what it ramps to without a lease", in, device.failsafe_a));
  if (!device.device_fallback_a.empty())
    entry.push_back(
        fmt::format("{}  device_fallback_a: {:<12} # what it does by itself", in, device.device_fallback_a));
  const char* why = device.revert_s == "none" ? "until its own watchdog has been proved" : "its own watchdog";
  entry.push_back(fmt::format("{}  revert_s: {:<21} # {}", in, device.revert_s, why));
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(block->end), entry.begin(), entry.end());
  return text_of(lines);
}

namespace {

/// Whoever may read `model` may read `file`, and nobody else.
Result<void> write_like(const std::filesystem::path& model, const std::filesystem::path& file, std::string_view text) {
  const auto failed = [&file] {
    return Error{file.string(), "cannot be written: " + std::generic_category().message(errno)};
  };
  struct stat status {};
  if (::stat(model.c_str(), &status) != 0) return failed();
  const std::filesystem::path fresh = file.string() + ".edited";
  if (auto written = write_file_durably(fresh, text, FileMode::Private); !written) return written;
  if (::lchown(fresh.c_str(), status.st_uid, status.st_gid) != 0) return failed();
  if (::chmod(fresh.c_str(), status.st_mode & 0777U) != 0) return failed();
  if (::rename(fresh.c_str(), file.c_str()) != 0) return failed();
  ::sync();
  return {};
}

}  // namespace

Result<void> enrol(const std::filesystem::path& site_yaml, const AgentId& id, const PublicKey& key,
                   const NewDevice* device) {
  const auto before = read_site_identity(site_yaml);
  if (!before) return before.error();
  const auto text = read_small_file(site_yaml);
  if (!text) return text.error();
  std::vector<RosterEntry> wanted = before->roster;
  const auto known = std::ranges::find(wanted, id, &RosterEntry::id);
  const bool is_known = known != wanted.end();
  if (is_known && known->key == key) return {};
  if (!is_known && device == nullptr)
    return Error{site_yaml.string(), "has no agent '" + id.str() + "', and nothing is known of its device"};
  const auto edited = is_known ? with_key(*text, id, key) : with_entry(*text, id, key, *device);
  if (!edited) return edited.error().within(site_yaml.string());
  if (is_known)
    known->key = key;
  else
    wanted.push_back({id, key});
  const auto file = config::File::parse(*edited, site_yaml);
  const auto after = file ? identity_of(*file, site_yaml) : Result<SiteIdentity>(file.error());
  if (!after || after->roster != wanted) return by_hand(id, key).within(site_yaml.string());
  if (const auto saved = write_like(site_yaml, site_yaml.string() + kBeforeEnrolment, *text); !saved)
    return saved.error();
  return write_like(site_yaml, site_yaml, *edited);
}

}  // namespace balans::cli
