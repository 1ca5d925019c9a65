#pragma once
// As much of JSON Schema 2020-12 as the schemas of the filter use. A keyword it does not know is a finding, so that a
// schema cannot say more than is checked.

#include <boost/json/value.hpp>
#include <set>
#include <string>
#include <vector>

namespace balans::filter::test {

class Schema {
 public:
  explicit Schema(boost::json::value root) : root_(std::move(root)) {}
  /// From config/schema.
  static Schema load(const std::string& file);

  /// What is wrong with `value`, each finding with its JSON pointer; empty: it is valid.
  [[nodiscard]] std::vector<std::string> findings(const boost::json::value& value) const;
  /// The names of all properties of all objects.
  [[nodiscard]] std::set<std::string> property_names() const;

 private:
  boost::json::value root_;
};

}  // namespace balans::filter::test
