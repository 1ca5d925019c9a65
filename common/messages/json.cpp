#include "common/messages/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <set>

namespace balans::json {
namespace {

namespace bj = boost::json;

/// Walks a text for the one thing Boost.JSON lets pass in silence: it keeps the last of duplicate keys.
struct DuplicateKeyFinder {
  static constexpr std::size_t max_object_size = 10'000;
  static constexpr std::size_t max_array_size = 1'000'000;
  static constexpr std::size_t max_key_size = 1'000;
  static constexpr std::size_t max_string_size = 16 * 1024 * 1024;

  std::vector<std::set<std::string>> open_objects;
  std::string key;
  std::string duplicate;

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return open_objects.emplace_back(), true; }
  bool on_object_end(std::size_t, bj::error_code&) { return open_objects.pop_back(), true; }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t, bj::error_code&) { return true; }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    return key.append(part.data(), part.size()), true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& error) {
    key.append(part.data(), part.size());
    if (!open_objects.back().insert(key).second) {
      duplicate = key;
      error = bj::error::extra_data;
      return false;
    }
    key.clear();
    return true;
  }
  bool on_string_part(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_string(bj::string_view, std::size_t, bj::error_code&) { return true; }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t, bj::string_view, bj::error_code&) { return true; }
  bool on_uint64(std::uint64_t, bj::string_view, bj::error_code&) { return true; }
  bool on_double(double, bj::string_view, bj::error_code&) { return true; }
  bool on_bool(bool, bj::error_code&) { return true; }
  bool on_null(bj::error_code&) { return true; }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }
};

constexpr std::size_t kMaxDepth = 16;

const bj::value& null_value() {
  static const bj::value value;
  return value;
}

const bj::array& empty_array() {
  static const bj::array array;
  return array;
}

const char* kind_name(const bj::value& value) {
  switch (value.kind()) {
    case bj::kind::null:
      return "null";
    case bj::kind::bool_:
      return "a boolean";
    case bj::kind::int64:
    case bj::kind::uint64:
      return "an integer";
    case bj::kind::double_:
      return "a number with fraction, exponent or more than 64 bits";
    case bj::kind::string:
      return "a string";
    case bj::kind::array:
      return "an array";
    case bj::kind::object:
      return "an object";
  }
  return "nothing";
}

void remember(std::optional<Error>& error, const std::string& path, std::string what) {
  if (!error) error = Error{path, std::move(what)};
}

}  // namespace

Result<bj::value> parse_strict(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    return Error{"",
                 std::to_string(text.size()) + " bytes of JSON, at most " + std::to_string(max_bytes) + " are taken"};
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::basic_parser<DuplicateKeyFinder> finder(options);
  bj::error_code error;
  const std::size_t consumed = finder.write_some(false, text.data(), text.size(), error);
  if (!finder.handler().duplicate.empty()) return Error{"", "duplicate key '" + finder.handler().duplicate + "'"};
  if (error || consumed < text.size())
    return Error{"", "not JSON at byte " + std::to_string(consumed) + (error ? ": " + error.message() : "")};
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error, {}, options);
  if (error) return Error{"", "not JSON: " + error.message()};
  return value;
}

std::int64_t integer_of(const bj::value& value, const std::string& path, std::int64_t min, std::int64_t max,
                        std::optional<Error>& error) {
  if (value.is_uint64()) {
    remember(error, path,
             std::to_string(value.get_uint64()) + " is outside " + std::to_string(min) + ".." + std::to_string(max));
    return min;
  }
  if (!value.is_int64()) {
    remember(error, path, std::string("expected an integer, got ") + kind_name(value));
    return min;
  }
  const std::int64_t number = value.get_int64();
  if (number >= min && number <= max) return number;
  remember(error, path, std::to_string(number) + " is outside " + std::to_string(min) + ".." + std::to_string(max));
  return min;
}

ObjectReader::ObjectReader(const bj::value& value, std::string path, std::optional<Error>& error, PathStyle style)
    : path_(std::move(path)), style_(style), error_(error) {
  object_ = value.if_object();
  if (object_ == nullptr) {
    remember(error_, path_, std::string("expected an object, got ") + kind_name(value));
  } else {
    seen_.resize(object_->size());
  }
}

std::string ObjectReader::path_of(std::string_view key) const {
  if (style_ == PathStyle::Dotted) return path_ + "." + std::string(key);
  std::string path = path_ + "/";
  for (const char c : key) {
    if (c == '~') {
      path += "~0";
    } else if (c == '/') {
      path += "~1";
    } else {
      path += c;
    }
  }
  return path;
}

std::string ObjectReader::path_of(std::string_view key, std::size_t index) const {
  const std::string number = std::to_string(index);
  return path_of(key) + (style_ == PathStyle::Dotted ? "[" + number + "]" : "/" + number);
}

const bj::value* ObjectReader::find(std::string_view key) {
  if (error_) return nullptr;
  const auto found = object_->find(bj::string_view(key.data(), key.size()));
  if (found == object_->end()) return nullptr;
  seen_[static_cast<std::size_t>(found - object_->begin())] = true;
  return &found->value();
}

const bj::value& ObjectReader::member(std::string_view key) {
  const bj::value* value = find(key);
  if (value != nullptr) return *value;
  if (!error_) remember(error_, path_of(key), "missing");
  return null_value();
}

bool ObjectReader::has(std::string_view key) {
  const bj::value* value = find(key);
  return value != nullptr && !value->is_null();
}

std::int64_t ObjectReader::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const bj::value& value = member(key);
  if (error_) return min;
  const std::int64_t* number = value.if_int64();
  return number != nullptr && *number >= min && *number <= max ? *number
                                                               : integer_of(value, path_of(key), min, max, error_);
}

std::uint64_t ObjectReader::number(std::string_view key) {
  const std::string text = string(key, 20);
  std::uint64_t parsed = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  const bool canonical = failure == std::errc{} && end == text.data() + text.size() && std::to_string(parsed) == text;
  if (!canonical) remember(error_, path_of(key), "'" + text + "' is not a decimal 64-bit number");
  return canonical ? parsed : 0;
}

bool ObjectReader::boolean(std::string_view key) {
  const bj::value& value = member(key);
  if (value.is_bool()) return value.get_bool();
  remember(error_, path_of(key), std::string("expected true or false, got ") + kind_name(value));
  return false;
}

std::string ObjectReader::string(std::string_view key, std::size_t max_bytes) {
  const bj::value& value = member(key);
  const bj::string* text = value.if_string();
  if (text == nullptr) {
    remember(error_, path_of(key), std::string("expected a string, got ") + kind_name(value));
    return {};
  }
  if (text->size() > max_bytes) {
    remember(error_, path_of(key), "longer than " + std::to_string(max_bytes) + " bytes");
    return {};
  }
  return {text->data(), text->size()};
}

const bj::array& ObjectReader::array(std::string_view key, std::size_t max) {
  const bj::value& value = member(key);
  const bj::array* elements = value.if_array();
  if (elements == nullptr) {
    remember(error_, path_of(key), std::string("expected an array, got ") + kind_name(value));
    return empty_array();
  }
  if (elements->size() <= max) return *elements;
  remember(error_, path_of(key), "more than " + std::to_string(max) + " elements");
  return empty_array();
}

void ObjectReader::fail(std::string_view key, std::string what) { remember(error_, path_of(key), std::move(what)); }

void ObjectReader::finish() {
  if (error_) return;
  std::size_t place = 0;
  for (const auto& entry : *object_)
    if (!seen_[place++]) return fail({entry.key().data(), entry.key().size()}, "unknown key");
}

void Writer::separate() {
  if (needs_comma_) text_.push_back(',');
  needs_comma_ = true;
}

Writer& Writer::begin_object() {
  separate();
  text_.push_back('{');
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_object() {
  text_.push_back('}');
  needs_comma_ = true;
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  text_.push_back('[');
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_array() {
  text_.push_back(']');
  needs_comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  string(name);
  text_.push_back(':');
  needs_comma_ = false;
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  text_ += std::to_string(value);
  return *this;
}

Writer& Writer::number(std::uint64_t value) { return string(std::to_string(value)); }

Writer& Writer::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::string(std::string_view value) {
  separate();
  text_ += bj::serialize(bj::string_view(value.data(), value.size()));
  return *this;
}

Writer& Writer::null() {
  separate();
  text_ += "null";
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

}  // namespace balans::json
