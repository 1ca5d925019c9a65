#include "cli/dump/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace balans::cli {
namespace {

constexpr std::array<std::pair<std::string_view, const char*>, 13> kKeys{{{"site", "site"},
                                                                          {"id", "agent"},
                                                                          {"agent", "agent"},
                                                                          {"name", "node"},
                                                                          {"node", "node"},
                                                                          {"parent", "node"},
                                                                          {"host", "host"},
                                                                          {"hosts", "host"},
                                                                          {"url", "host"},
                                                                          {"database", "host"},
                                                                          {"user", "user"},
                                                                          {"username", "user"},
                                                                          {"client_id", "user"}}};

/// What every site has, and what tells nothing of anybody.
constexpr std::array<std::string_view, 10> kCommon{"transformer", "trafo", "broker",    "api",  "balans",
                                                   "localhost",   "none",  "127.0.0.1", "true", "false"};

bool is_key_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

struct Pair {
  std::string_view key, value;
};

std::string_view plain_value(std::string_view rest) {
  return rest.substr(0, std::min(rest.find_first_of(" \t,]}#\r\n"), rest.size()));
}

/// The value at the beginning of `rest`, without its quotes.
std::string_view value_in(std::string_view rest) {
  const std::size_t first = rest.find_first_not_of(" \t[");
  if (first == std::string_view::npos) return {};
  rest.remove_prefix(first);
  if (rest.front() != '"' && rest.front() != '\'') return plain_value(rest);
  const std::size_t end = rest.find(rest.front(), 1);
  return rest.substr(1, (end == std::string_view::npos ? rest.size() : end) - 1);
}

/// The next `key: value` of the line at or after `at`, which moves behind the key.
std::optional<Pair> next_pair(std::string_view line, std::size_t& at) {
  for (std::size_t colon = line.find(':', at); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
    std::size_t begin = colon;
    while (begin > at && is_key_char(line[begin - 1])) --begin;
    const bool spaced = colon + 1 == line.size() || line[colon + 1] == ' ' || line[colon + 1] == '\r';
    if (begin == colon || !spaced) continue;
    at = colon + 1;
    return Pair{line.substr(begin, colon - begin), value_in(line.substr(at))};
  }
  return std::nullopt;
}

/// Calls `use` with each line.
template <class Use>
void each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Where the line's comment begins; its end where it has none.
std::size_t comment_in(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
      return i;
    }
  }
  return line.size();
}

/// "https://balans.example.org:443/x" is "balans.example.org". The name of a file that is a database is none.
std::string host_of(std::string_view key, std::string_view value) {
  if (key == "database" && value.find("://") == std::string_view::npos) return "";
  if (const std::size_t scheme = value.find("://"); scheme != std::string_view::npos) value.remove_prefix(scheme + 3);
  value = value.substr(0, std::min(value.find('/'), value.size()));
  if (const std::size_t user = value.find('@'); user != std::string_view::npos) value.remove_prefix(user + 1);
  if (std::ranges::count(value, ':') == 1) value = value.substr(0, value.find(':'));
  return std::string(value);
}

}  // namespace

void add_private_word(std::string word, const std::string& kind, PrivateWords& words) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool number = std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
  const bool path = word.find('/') != std::string::npos;  // `site:` is a key file's too
  if (word.empty() || number || path || word.size() > 200 || std::ranges::find(kCommon, word) != kCommon.end()) return;
  words.emplace(std::move(word), kind);
}

void add_private_words(std::string_view yaml, PrivateWords& words) {
  each_line(yaml, [&words](std::string_view line) {
    // A line that is a comment as a whole may be an entry that was taken out.
    std::size_t at = 0;
    while (const auto pair = next_pair(line, at))
      for (const auto& [key, kind] : kKeys)
        if (pair->key == key)
          add_private_word(kind == std::string_view("host") ? host_of(key, pair->value) : std::string(pair->value),
                           kind, words);
  });
}

std::string yaml_value(std::string_view yaml, std::string_view wanted) {
  std::string found;
  each_line(yaml, [&](std::string_view line) {
    line = line.substr(0, comment_in(line));
    std::size_t at = 0;
    while (const auto pair = next_pair(line, at))
      if (found.empty() && pair->key == wanted) found = pair->value;
  });
  return found;
}

std::string without_comments(std::string_view yaml) {
  std::string text;
  each_line(yaml, [&text](std::string_view line) {
    std::string_view rest = line.substr(0, comment_in(line));
    while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\t')) rest.remove_suffix(1);
    if (!rest.empty()) text.append(rest).push_back('\n');
  });
  return text;
}

}  // namespace balans::cli
