#include "tests/house/includes.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>

#include "tests/house/include_rules.hpp"

namespace balans::house {
namespace {

struct Include {
  std::string header;
  bool quoted = false;
};

bool is_cpp(std::string_view path) { return path.ends_with(".cpp") || path.ends_with(".hpp"); }

bool lies_in(std::string_view path, const std::vector<std::string_view>& folders) {
  return std::ranges::any_of(folders, [&](std::string_view folder) { return path.starts_with(folder); });
}

std::optional<Include> include_on(std::string_view line) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::cmatch match;
  if (!std::regex_search(line.data(), line.data() + line.size(), match, kInclude)) {
    return std::nullopt;
  }
  return Include{match[2].str(), match[1].str() == "\""};
}

const FolderRule* rule_for(std::string_view path) {
  const FolderRule* found = nullptr;
  for (const FolderRule& rule : kFolderRules) {
    if (path.starts_with(rule.folder) && (!found || rule.folder.size() > found->folder.size())) {
      found = &rule;
    }
  }
  return found;
}

/// The rule that an include of one of our own files breaks, or nothing.
std::optional<std::string_view> own_file_law(std::string_view path, std::string_view header) {
  if (!header.ends_with(".hpp")) {
    return "only .hpp files are included";
  }
  const FolderRule* rule = rule_for(path);
  if (!rule) {
    return "no rule of tests/house/include_rules.hpp says what this folder may include";
  }
  if (!lies_in(header, rule->may) || lies_in(header, rule->but_not)) {
    return rule->law;
  }
  return std::nullopt;
}

bool is_pure(std::string_view path) { return lies_in(path, kPureFolders) && !lies_in(path, kImpureFoldersInside); }

/// The rule that an include of something from outside breaks, or nothing.
std::optional<std::string_view> outside_law(std::string_view path, std::string_view header) {
  const std::string_view tested = path.starts_with("tests/") ? path.substr(6) : path;
  for (const LibraryRule& rule : kLibraryRules) {
    if (header.starts_with(rule.header) && !lies_in(tested, rule.only_in)) {
      return rule.law;
    }
  }
  const auto names = [&](std::string_view impure) {
    return impure.ends_with("/") ? header.starts_with(impure) : header == impure;
  };
  if (is_pure(path) && std::ranges::any_of(kImpureHeaders, names)) {
    return "pure code reaches neither clocks, files, sockets, threads nor randomness";
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> include_violations(const std::vector<SourceFile>& files) {
  std::set<std::string_view> ours;
  for (const SourceFile& file : files) {
    ours.insert(file.path);
  }
  std::vector<std::string> violations;
  for (const SourceFile& file : files) {
    if (!is_cpp(file.path)) {
      continue;
    }
    for (const Line& line : lines_of(file)) {
      const std::optional<Include> include = include_on(line.text);
      if (!include) {
        continue;
      }
      std::optional<std::string_view> law;
      // A header that the build writes lies in no file of the tree, but in one of its folders.
      if (ours.contains(include->header) || (include->quoted && rule_for(include->header))) {
        law = own_file_law(file.path, include->header);
      } else if (include->quoted) {
        law = "quotes are for our own files, written from the root of the repository";
      } else {
        law = outside_law(file.path, include->header);
      }
      if (law) {
        violations.push_back(at_line(file, line.number, include->header + ": " + std::string(*law)));
      }
    }
  }
  return violations;
}

}  // namespace balans::house
