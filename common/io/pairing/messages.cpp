#include "common/io/pairing/messages.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "common/io/pairing/channel.hpp"
#include "common/messages/json.hpp"

namespace balans::pairing {
namespace {

constexpr std::size_t kMostPem = 4096;
constexpr std::size_t kMostWhy = 400;

/// Reads one message of `type`; a refusal comes out as an error instead.
template <class Message, class Read>
Result<Message> decode(std::string_view text, std::string_view type, Read read) {
  const auto value = json::parse_strict(text, kMaxMessage);
  if (!value) return value.error().within("answer");
  std::optional<Error> error;
  json::ObjectReader r(*value, "answer", error);
  const std::string found = r.string("type", 20);
  if (!error && found == "refused") {
    std::string why = r.string("why", kMostWhy);
    // It is shown on a terminal.
    std::ranges::replace_if(
        why, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return Error{"the other side refuses", why};
  }
  if (!error && found != type) r.fail("type", "is '" + found + "', expected '" + std::string(type) + "'");
  Message message;
  if (!error) read(r, message);
  r.finish();
  if (error) return *error;
  return message;
}

/// The member as `parse` reads it; its error is the reader's.
template <class Value, class Parse>
void take(json::ObjectReader& r, std::string_view key, std::size_t most, Value& into, Parse parse) {
  const std::string text = r.string(key, most);
  if (r.failed()) return;
  const auto value = parse(text);
  if (value)
    into = *value;
  else
    r.fail(key, value.error().what);
}

bool is_host(const std::string& host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == ':' ||
           c == '-';
  });
}

}  // namespace

std::string proof_text(const Bytes32& binding, const AgentId& agent) {
  return std::string("balans/1/pair\n")
      .append(reinterpret_cast<const char*>(binding.data()), binding.size())
      .append(agent.str());
}

std::string encode(const Request& request) {
  return boost::json::serialize(boost::json::object{{"type", "request"},
                                                    {"agent", request.agent.str()},
                                                    {"device_key", to_hex(request.device_key.bytes)},
                                                    {"proof", to_hex(request.proof.bytes)},
                                                    {"request", request.request}});
}

std::string encode(const Grant& grant) {
  return boost::json::serialize(boost::json::object{{"type", "grant"},
                                                    {"site", grant.site.str()},
                                                    {"deployment", to_hex(grant.deployment.bytes)},
                                                    {"trafo_key", to_hex(grant.trafo_key.bytes)},
                                                    {"broker_host", grant.broker_host},
                                                    {"broker_port", grant.broker_port},
                                                    {"ca", grant.ca},
                                                    {"certificate", grant.certificate}});
}

std::string encode_word(std::string_view word) { return boost::json::serialize(boost::json::object{{"type", word}}); }

std::string encode_refusal(std::string_view why) {
  return boost::json::serialize(boost::json::object{{"type", "refused"}, {"why", why.substr(0, kMostWhy)}});
}

Result<Request> decode_request(std::string_view text) {
  return decode<Request>(text, "request", [](json::ObjectReader& r, Request& request) {
    take(r, "agent", 40, request.agent, AgentId::parse);
    take(r, "device_key", 64, request.device_key.bytes, bytes32_from_hex);
    take(r, "proof", 128, request.proof.bytes, bytes64_from_hex);
    request.request = r.string("request", kMostPem);
  });
}

Result<Grant> decode_grant(std::string_view text) {
  return decode<Grant>(text, "grant", [](json::ObjectReader& r, Grant& grant) {
    take(r, "site", 40, grant.site, SiteId::parse);
    take(r, "deployment", 64, grant.deployment.bytes, bytes32_from_hex);
    take(r, "trafo_key", 64, grant.trafo_key.bytes, bytes32_from_hex);
    grant.broker_host = r.string("broker_host", 253);
    // It is written into a config file.
    if (!r.failed() && !is_host(grant.broker_host)) r.fail("broker_host", "is neither a DNS name nor an address");
    grant.broker_port = static_cast<int>(r.integer("broker_port", 1, 65535));
    grant.ca = r.string("ca", kMostPem);
    grant.certificate = r.string("certificate", kMostPem);
  });
}

Result<void> decode_word(std::string_view text, std::string_view expected) {
  struct Nothing {};
  const auto word = decode<Nothing>(text, expected, [](json::ObjectReader&, Nothing&) {});
  return word ? Result<void>() : Result<void>(word.error());
}

}  // namespace balans::pairing
