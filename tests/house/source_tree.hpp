#pragma once
// The checkout as the house tests see it: every text file that people write, without builds and downloads.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace balans::house {

struct SourceFile {
  std::string path;  ///< from the root of the repository, with '/'
  std::string text;
};

struct Line {
  std::size_t number = 0;  ///< counted from 1
  std::string_view text;
};

/// Every file under `root` that belongs to the repository, in order of path.
std::vector<SourceFile> read_tree(const std::filesystem::path& root);

std::vector<Line> lines_of(const SourceFile& file);

/// "trafo/core/decide.cpp:12: what", as compilers write it.
std::string at_line(const SourceFile& file, std::size_t line, std::string_view what);

/// One per line, for a failure message that can be read.
std::string listed(const std::vector<std::string>& findings);

}  // namespace balans::house
