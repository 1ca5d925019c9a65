#pragma once
// Problems to start from, and ways to spoil them.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "trafo/filter/filter.hpp"

namespace balans::filter::test {

/// Two nodes, two devices.
inline const std::string kStreet =
    R"({"id":"t1","now_ms":1000,)"
    R"("nodes":[{"name":"main","headroom_ma":[20000,20000,20000]},)"
    R"({"name":"sub","parent":"main","headroom_ma":[16000,16000,16000]}],)"
    R"("devices":[{"name":"car-1","node":"main","phases":["L1","L2","L3"],"min_ma":6000,"cap_ma":16000},)"
    R"({"name":"car-2","node":"sub","phases":["L2"],"min_ma":6000,"cap_ma":16000}]})";

/// Four cars, three of which find room at a time.
inline std::string crowd(std::int64_t now_ms, const std::string& more = "") {
  std::string text = R"({"now_ms":)" + std::to_string(now_ms) +
                     R"(,"nodes":[{"name":"main","headroom_ma":[20000,20000,20000]}],"devices":[)";
  for (const char* name : {"a", "b", "c", "d"}) {
    text += *name == 'a' ? "" : ",";
    text += R"({"name":")" + std::string(name) +
            R"(","node":"main","phases":["L1","L2","L3"],"min_ma":6000,"cap_ma":16000})";
  }
  return text + "]" + more + "}";
}

/// `text` with the first `from` replaced.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? "not found: " + std::string(from) : text.replace(at, from.size(), to);
}

inline boost::json::value parsed(const std::string& json) { return boost::json::parse(json); }

inline std::string memory_of(const std::string& answer) { return boost::json::serialize(parsed(answer).at("memory")); }

/// L1, L2 and L3 of one device of an answer.
inline std::string limit_of(const std::string& answer, std::size_t device) {
  return boost::json::serialize(parsed(answer).at("limits").at(device).at("limit_ma"));
}

inline std::vector<std::string> lines_of_file(const std::string& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::vector<std::string> examples() { return lines_of_file("config/examples/allocate.jsonl"); }

}  // namespace balans::filter::test
