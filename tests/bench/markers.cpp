#include "tests/bench/markers.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

namespace balans::bench {

bool write_between_markers(const std::string& path, const std::string& name, const std::string& text) {
  const std::string begin_marker = "<!-- " + name + ": begin -->\n", end_marker = "<!-- " + name + ": end -->";
  std::ifstream in(path);
  std::stringstream content;
  content << in.rdbuf();
  std::string page = content.str();
  const std::size_t begin = page.find(begin_marker), end = page.find(end_marker);
  if (!in || begin == std::string::npos || end == std::string::npos || end < begin)
    return std::cerr << path << ": no markers for '" << name << "'\n", false;
  page.replace(begin + begin_marker.size(), end - begin - begin_marker.size(), "\n" + text + "\n");
  std::ofstream out(path);
  out << page;
  return static_cast<bool>(out.flush());
}

}  // namespace balans::bench
