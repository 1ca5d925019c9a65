#include "tests/api/contract.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "api/http/compression.hpp"

namespace balans::api::test {
namespace {

namespace json = boost::json;

json::value scalar_of(const YAML::Node& node) {
  const std::string text = node.Scalar();
  if (node.Tag() == "!") return json::value(text);  // it was quoted
  if (text == "true" || text == "false") return json::value(text == "true");
  if (text == "null") return nullptr;
  std::int64_t number = 0;
  if (YAML::convert<std::int64_t>::decode(node, number)) return number;
  return json::value(text);
}

json::value json_of(const YAML::Node& node) {
  if (node.IsMap()) {
    json::object object;
    for (const auto& member : node) object[member.first.Scalar()] = json_of(member.second);
    return object;
  }
  if (node.IsSequence()) {
    json::array array;
    for (const auto& element : node) array.push_back(json_of(element));
    return array;
  }
  return node.IsNull() ? json::value(nullptr) : scalar_of(node);
}

std::string method_name(const Request& request) {
  std::string name(name_of(request.head.method == Method::Head ? Method::Get : request.head.method));
  for (char& c : name) c = static_cast<char>(std::tolower(c));
  return name;
}

}  // namespace

json::value yaml_as_json(const std::string& text) { return json_of(YAML::Load(text)); }

struct Contract::Document {
  json::value whole;
  mutable std::map<std::string, std::unique_ptr<valijson::Schema>> schemas;  ///< by their text

  /// What a `$ref` stands for, or the value itself.
  [[nodiscard]] const json::value& resolved(const json::value& value) const {
    const json::object* object = value.if_object();
    const json::value* reference = object == nullptr ? nullptr : object->if_contains("$ref");
    if (reference == nullptr) return value;
    return whole.at_pointer(std::string_view(reference->as_string()).substr(1));
  }

  /// The schema with all components beside it, so that its references lead somewhere.
  [[nodiscard]] const valijson::Schema& schema(const json::value& part) const {
    auto& kept = schemas[json::serialize(part)];
    if (kept) return *kept;
    json::object root = part.as_object();
    root["components"] = whole.at("components");
    kept = std::make_unique<valijson::Schema>();
    const json::value text = root;
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(text), *kept);
    return *kept;
  }

  void check_body(const json::value& content, const std::string& type, const std::string& body,
                  const std::string& where) const {
    const std::string plain = type.substr(0, type.find(';'));
    const json::value* media = content.as_object().if_contains(plain);
    ASSERT_NE(media, nullptr) << where << ": the contract names no content of type " << plain;
    if (plain.find("json") == std::string::npos) return;
    boost::system::error_code failure;
    const json::value value = json::parse(body, failure);
    ASSERT_FALSE(failure) << where << ": is not JSON: " << body.substr(0, 200);
    valijson::Validator validator;
    valijson::ValidationResults problems;
    validator.validate(schema(media->at("schema")), valijson::adapters::BoostJsonAdapter(value), &problems);
    for (valijson::ValidationResults::Error problem; problems.popError(problem);) {
      std::string place;
      for (const std::string& step : problem.context) place += step;
      ADD_FAILURE() << where << ": " << place << ": " << problem.description << " in " << body.substr(0, 500);
    }
  }
};

Contract::Contract() : document_(std::make_unique<Document>()) {
  static const json::value kWhole = json_of(YAML::LoadFile("api/openapi.yaml"));
  document_->whole = kWhole;
}

Contract::~Contract() = default;

void Contract::check(const Request& request, const Answer& answer, const Router& router) const {
  const std::string path(router.path_of(request.head.target));
  const json::value* described = path.empty() ? nullptr : document_->whole.at("paths").as_object().if_contains(path);
  if (described == nullptr) return;
  const json::value* operation = described->as_object().if_contains(method_name(request));
  if (operation == nullptr) return;
  const std::string where = method_name(request) + " " + path;
  const auto* stream = std::get_if<EventStream>(&answer);
  const Response given = stream != nullptr ? Response{200, "text/event-stream", {}, ""} : std::get<Response>(answer);
  const std::string status = std::to_string(given.status);
  const json::value* listed = operation->at("responses").as_object().if_contains(status);
  ASSERT_NE(listed, nullptr) << where << " answers " << status << ", which the contract does not name: " << given.body;
  const json::value& response = document_->resolved(*listed);
  std::string body = given.body;
  for (const auto& [name, value] : given.headers)
    if (name == "Content-Encoding") body = *gunzip(body, 100'000'000);
  if (const json::value* content = response.as_object().if_contains("content"))
    document_->check_body(*content, given.content_type, body, where + " " + status);
  else
    EXPECT_EQ(body, "") << where << " " << status;
  const json::value* taken = operation->as_object().if_contains("requestBody");
  if (given.status < 300 && taken != nullptr && !request.head.headers.contains("content-encoding"))
    document_->check_body(taken->at("content"), "application/json", request.body, where + " request");
}

}  // namespace balans::api::test
