// Keys that nobody asked for, and what was probably meant by them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "common/io/config/config.hpp"
#include "common/io/config/document.hpp"

namespace balans::config {
namespace {

constexpr std::array<std::string_view, 25> kUnits = {"a",  "ma",  "ka",  "v",  "mv",  "kv",  "w",      "mw", "kw",
                                                     "va", "kva", "mva", "wh", "kwh", "mwh", "ms",     "s",  "min",
                                                     "h",  "d",   "hz",  "c",  "k",   "pct", "percent"};

struct SplitKey {
  std::string_view stem;
  std::string_view unit;  ///< empty where there is none
};

SplitKey split(std::string_view key) {
  const std::size_t underscore = key.rfind('_');
  if (underscore == std::string_view::npos) return {key, ""};
  const std::string_view unit = key.substr(underscore + 1);
  if (std::find(kUnits.begin(), kUnits.end(), unit) == kUnits.end()) return {key, ""};
  return {key.substr(0, underscore), unit};
}

/// A known key that differs only in its unit.
std::optional<std::string> same_but_for_the_unit(std::string_view key, const std::vector<std::string>& absent) {
  for (const std::string& candidate : absent)
    if (!split(candidate).unit.empty() && split(candidate).stem == split(key).stem) return candidate;
  return std::nullopt;
}

std::optional<std::string> nearest(std::string_view key, const std::vector<std::string>& absent) {
  const std::size_t furthest = std::clamp<std::size_t>(key.size() / 3, 1, 3);
  std::optional<std::string> best;
  std::size_t best_distance = furthest + 1;
  for (const std::string& candidate : absent) {
    const std::size_t distance = edit_distance(key, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::vector<std::string> absent_keys(const Node& map) {
  std::vector<std::string> absent;
  for (const auto& [key, asked] : map.asked)
    if (map.find(key) == nullptr) absent.push_back(key);
  return absent;
}

std::string known_keys(const Node& map) {
  std::string list;
  for (const auto& [key, asked] : map.asked) list += (list.empty() ? "" : ", ") + key;
  return list.empty() ? "no keys are expected here" : "known here: " + list;
}

void check_keys(const Node& map, Document& document) {
  std::vector<std::string> absent = absent_keys(map);
  const auto meant = [&](const std::string& key) { absent.erase(std::find(absent.begin(), absent.end(), key)); };
  for (const auto& [key, value] : map.fields) {
    if (map.asked.contains(key)) continue;
    if (const auto other_unit = same_but_for_the_unit(key, absent)) {
      const char* what = split(key).unit.empty() ? "has no unit in its name" : "has the wrong unit in its name";
      document.note(*value, fmt::format("{}; expected {}", what, *other_unit));
      meant(*other_unit);
    } else if (const auto near = nearest(key, absent)) {
      document.note(*value, fmt::format("is not a known key; did you mean {}?", *near));
      meant(*near);
    } else {
      document.note(*value, "is not a known key; " + known_keys(map));
    }
  }
  // What was probably meant by a stray key is not reported as missing too.
  for (const std::string& key : absent)
    if (map.asked.find(key)->second == Node::Asked::Required)
      document.note(map.at, map.path.empty() ? key : map.path + "." + key, "is missing");
}

}  // namespace

void find_stray_keys(const Node& node, Document& document) {
  if (node.kind == NodeKind::Map) check_keys(node, document);
  for (const auto& [key, value] : node.fields)
    if (value->was_read) find_stray_keys(*value, document);
  for (const auto& item : node.items)
    if (item->was_read) find_stray_keys(*item, document);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the usual table; the one before the last is kept for swaps of neighbours.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace balans::config
