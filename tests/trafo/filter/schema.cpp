#include "tests/trafo/filter/schema.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <map>

namespace balans::filter::test {
namespace {

namespace bj = boost::json;
using Findings = std::vector<std::string>;

class Check {
 public:
  explicit Check(const bj::value& root) : root_(root) {}

  Findings run(const bj::value& schema, const bj::value& value, const std::string& at) const {
    Findings found;
    for (const auto& member : schema.as_object()) {
      const std::string keyword(member.key());
      const auto rule = kRules.find(keyword);
      if (rule != kRules.end()) {
        (this->*rule->second)(member.value(), value, at, schema, found);
      } else if (!kSilent.contains(keyword)) {
        found.push_back(at + ": the schema's keyword '" + keyword + "' is not known to this test");
      }
    }
    return found;
  }

 private:
  using Rule = void (Check::*)(const bj::value&, const bj::value&, const std::string&, const bj::value&,
                               Findings&) const;
  static const std::map<std::string, Rule> kRules;
  static const std::set<std::string> kSilent;

  void add(Findings& found, Findings more) const { std::ranges::move(more, std::back_inserter(found)); }

  void ref(const bj::value& rule, const bj::value& value, const std::string& at, const bj::value&,
           Findings& found) const {
    add(found, run(root_.at_pointer(bj::string_view(rule.as_string()).substr(1)), value, at));
  }
  void one_of(const bj::value& rule, const bj::value& value, const std::string& at, const bj::value&,
              Findings& found) const {
    const auto fits =
        std::ranges::count_if(rule.as_array(), [&](const bj::value& s) { return run(s, value, at).empty(); });
    if (fits != 1) found.push_back(at + ": fits " + std::to_string(fits) + " alternatives");
  }
  static bool is_of_type(const bj::value& value, const bj::value& type) {
    const std::string name(type.as_string());
    return (name == "null" && value.is_null()) || (name == "boolean" && value.is_bool()) ||
           (name == "integer" && value.is_int64()) || (name == "number" && (value.is_int64() || value.is_double())) ||
           (name == "string" && value.is_string()) || (name == "array" && value.is_array()) ||
           (name == "object" && value.is_object());
  }
  void type(const bj::value& rule, const bj::value& value, const std::string& at, const bj::value&,
            Findings& found) const {
    const bj::array types = rule.is_array() ? rule.as_array() : bj::array{rule};
    if (std::ranges::none_of(types, [&](const bj::value& t) { return is_of_type(value, t); }))
      found.push_back(at + ": " + bj::serialize(value) + " is not of type " + bj::serialize(rule));
  }
  void allowed(const bj::value& rule, const bj::value& value, const std::string& at, const bj::value&,
               Findings& found) const {
    if (std::ranges::find(rule.as_array(), value) == rule.as_array().end()) found.push_back(at + ": not in the enum");
  }
  void bound(bool fits, const std::string& at, const bj::value& rule, Findings& found) const {
    if (!fits) found.push_back(at + ": outside " + bj::serialize(rule));
  }
  void minimum(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&, Findings& f) const {
    bound(!v.is_int64() || v.as_int64() >= rule.as_int64(), at, rule, f);
  }
  void maximum(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&, Findings& f) const {
    bound(!v.is_int64() || v.as_int64() <= rule.as_int64(), at, rule, f);
  }
  static std::size_t count(const bj::value& rule) { return static_cast<std::size_t>(rule.as_int64()); }
  void min_length(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&,
                  Findings& f) const {
    bound(!v.is_string() || v.as_string().size() >= count(rule), at, rule, f);
  }
  void max_length(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&,
                  Findings& f) const {
    bound(!v.is_string() || v.as_string().size() <= count(rule), at, rule, f);
  }
  void min_items(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&,
                 Findings& f) const {
    bound(!v.is_array() || v.as_array().size() >= count(rule), at, rule, f);
  }
  void max_items(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&,
                 Findings& f) const {
    bound(!v.is_array() || v.as_array().size() <= count(rule), at, rule, f);
  }
  void unique(const bj::value&, const bj::value& v, const std::string& at, const bj::value&, Findings& f) const {
    std::set<std::string> seen;
    if (!v.is_array()) return;
    for (const bj::value& element : v.as_array())
      if (!seen.insert(bj::serialize(element)).second) f.push_back(at + ": twice the same");
  }
  void items(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&, Findings& f) const {
    if (!v.is_array()) return;
    std::size_t i = 0;
    for (const bj::value& element : v.as_array()) add(f, run(rule, element, at + "/" + std::to_string(i++)));
  }
  void required(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&, Findings& f) const {
    if (!v.is_object()) return;
    for (const bj::value& key : rule.as_array())
      if (!v.as_object().contains(key.as_string())) f.push_back(at + ": lacks " + bj::serialize(key));
  }
  void properties(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value&,
                  Findings& f) const {
    if (!v.is_object()) return;
    for (const auto& member : v.as_object())
      if (const bj::value* schema = rule.as_object().if_contains(member.key()))
        add(f, run(*schema, member.value(), at + "/" + std::string(member.key())));
  }
  void no_others(const bj::value& rule, const bj::value& v, const std::string& at, const bj::value& schema,
                 Findings& f) const {
    if (rule.is_bool() && rule.as_bool()) f.push_back(at + ": additionalProperties is true");
    if (!v.is_object()) return;
    const bj::value* known = schema.as_object().if_contains("properties");
    for (const auto& member : v.as_object()) {
      if (known != nullptr && known->as_object().contains(member.key())) continue;
      const std::string key(member.key());
      if (rule.is_object())
        add(f, run(rule, member.value(), at + "/" + key));
      else
        f.push_back(at + ": knows no " + key);
    }
  }

  const bj::value& root_;
};

const std::map<std::string, Check::Rule> Check::kRules = {
    {"$ref", &Check::ref},
    {"oneOf", &Check::one_of},
    {"type", &Check::type},
    {"enum", &Check::allowed},
    {"minimum", &Check::minimum},
    {"maximum", &Check::maximum},
    {"minLength", &Check::min_length},
    {"maxLength", &Check::max_length},
    {"minItems", &Check::min_items},
    {"maxItems", &Check::max_items},
    {"uniqueItems", &Check::unique},
    {"items", &Check::items},
    {"required", &Check::required},
    {"properties", &Check::properties},
    {"additionalProperties", &Check::no_others},
};
const std::set<std::string> Check::kSilent = {"$schema", "$id", "$defs", "title", "description"};

void collect(const bj::value& schema, std::set<std::string>& names) {
  if (schema.is_array()) {
    for (const bj::value& element : schema.as_array()) collect(element, names);
  }
  if (!schema.is_object()) return;
  for (const auto& member : schema.as_object()) {
    collect(member.value(), names);
    if (member.key() != "properties") continue;
    for (const auto& property : member.value().as_object()) names.emplace(property.key());
  }
}

}  // namespace

Schema Schema::load(const std::string& file) {
  std::ifstream in("config/schema/" + file);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return Schema(bj::parse(text));
}

std::vector<std::string> Schema::findings(const bj::value& value) const { return Check(root_).run(root_, value, ""); }

std::set<std::string> Schema::property_names() const {
  std::set<std::string> names;
  collect(root_, names);
  return names;
}

}  // namespace balans::filter::test
