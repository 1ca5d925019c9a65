#include "tests/house/source_tree.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace balans::house {
namespace {

namespace fs = std::filesystem;

bool is_not_ours(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "build" || name.starts_with("build-") || name == "node_modules" ||
         (name.starts_with(".") && name != ".ci");
}

/// A worktree's `.git` is a file that says where the repository is.
bool is_text(const fs::path& file) {
  static constexpr std::array<std::string_view, 19> kEndings = {
      ".cpp", ".hpp", ".c",    ".h",  ".txt",  ".cmake", ".sh",   ".yaml", ".yml",    ".json",
      ".md",  ".js",  ".html", ".ts", ".conf", ".pml",   ".cert", ".css",  ".service"};
  const std::string ending = file.extension().string();
  return (ending.empty() && file.filename() != "LICENSE" && file.filename() != ".git") ||
         std::ranges::find(kEndings, ending) != kEndings.end();
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::vector<SourceFile> read_tree(const fs::path& root) {
  std::vector<SourceFile> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->is_directory() && is_not_ours(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && is_text(entry->path())) {
      files.push_back({fs::relative(entry->path(), root).generic_string(), contents(entry->path())});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::vector<Line> lines_of(const SourceFile& file) {
  std::vector<Line> lines;
  std::string_view rest = file.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back({lines.size() + 1, rest.substr(0, end)});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

std::string at_line(const SourceFile& file, std::size_t line, std::string_view what) {
  return file.path + ":" + std::to_string(line) + ": " + std::string(what);
}

std::string listed(const std::vector<std::string>& findings) {
  std::string text;
  for (const std::string& finding : findings) {
    text += "  " + finding + "\n";
  }
  return text;
}

}  // namespace balans::house
