#include "sim/data/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "sim/data/csv.hpp"

namespace balans::sim {
namespace {

void print(std::string& out, const boost::json::value& value, std::size_t indent);

bool is_plain(const boost::json::value& value) { return !value.is_object() && !value.is_array(); }

void print_object(std::string& out, const boost::json::object& object, std::size_t indent) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object) {
    out += (first ? "\n" : ",\n") + std::string(indent + 2, ' ');
    out += boost::json::serialize(boost::json::value(key)) + ": ";
    print(out, value, indent + 2);
    first = false;
  }
  out += first ? "}" : "\n" + std::string(indent, ' ') + "}";
}

void print_array(std::string& out, const boost::json::array& array, std::size_t indent) {
  const bool one_line = std::all_of(array.begin(), array.end(), is_plain);
  const std::string between = one_line ? "" : "\n" + std::string(indent + 2, ' ');
  out += '[';
  for (std::size_t i = 0; i < array.size(); ++i) {
    out += i == 0 ? between : one_line ? ", " : "," + between;
    print(out, array[i], indent + 2);
  }
  out += array.empty() || one_line ? "]" : "\n" + std::string(indent, ' ') + "]";
}

void print(std::string& out, const boost::json::value& value, std::size_t indent) {
  if (const auto* object = value.if_object()) return print_object(out, *object, indent);
  if (const auto* array = value.if_array()) return print_array(out, *array, indent);
  if (const double* number = value.if_double())
    out += fmt::format("{}", *number);
  else
    out += boost::json::serialize(value);
}

}  // namespace

std::string pretty(const boost::json::value& value) {
  std::string out;
  print(out, value, 0);
  return out + "\n";
}

std::optional<boost::json::object> parse_object(std::string_view text) {
  boost::system::error_code failure;
  boost::json::value value = boost::json::parse(text, failure);
  if (failure || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<boost::json::object> read_object(const std::filesystem::path& file) {
  const Result<std::string> text = read_text(file.string());
  return text ? parse_object(*text) : std::nullopt;
}

}  // namespace balans::sim
