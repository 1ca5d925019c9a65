#pragma once
// JSON for people and machines: numbers as one would write them, one key a line.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace balans::sim {

/// Objects are laid out over lines, arrays of plain values on one.
std::string pretty(const boost::json::value& value);

/// Nothing when the text is no JSON object.
std::optional<boost::json::object> parse_object(std::string_view text);
/// Nothing when there is no such file or it holds no JSON object.
std::optional<boost::json::object> read_object(const std::filesystem::path& file);

}  // namespace balans::sim
