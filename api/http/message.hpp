#pragma once
// Plain requests and answers. Only server.cpp knows which library moves the bytes.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/app/event_sink.hpp"

namespace balans::api {

enum class Method : std::uint8_t { Get, Head, Post, Put, Delete, Options, Other };
std::string_view name_of(Method method);

/// What is known of a request before its body is read.
struct RequestHead {
  Method method = Method::Get;
  std::string target;                                       ///< path and query as sent
  std::map<std::string, std::string, std::less<>> headers;  ///< names in lower case; repeated ones joined by ", "
  /// Which neighbour it came from: an address, of IPv6 the half that a network is given. Behind a proxy, the proxy.
  std::string peer = {};

  /// The header's value, empty where absent.
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
  }
};

struct Request {
  RequestHead head;
  std::string body;
  std::string id = {};        ///< of this one request, for logs and answers
  bool is_encrypted = false;  ///< TLS ends here
};

struct Response {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// Where streams are limited, viewers share what there is; a channel of one site has places that nobody takes from it.
enum class StreamPlaces : std::uint8_t { Shared, OfTheChannel };

/// The connection becomes a stream of server-sent events: `first` at once, then whatever is published on `channel`.
struct EventStream {
  std::string channel;
  std::vector<EventText> first;
  std::vector<std::pair<std::string, std::string>> headers = {};
  StreamPlaces places = StreamPlaces::Shared;
  /// Asked before anything is sent: whoever may no longer listen hears nothing more. Absent: everybody may.
  std::function<bool()> allowed = {};
};

using Answer = std::variant<Response, EventStream>;

/// How many bytes of body a request may bring.
struct BodyLimit {
  std::size_t bytes = 0;
};

/// Called once, from any thread.
using Reply = std::function<void(Answer)>;

/// Called on the thread that serves requests, which waits for nobody: what takes time is answered later.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Asked before the body is read: a request that cannot succeed is answered without reading it.
  virtual std::variant<BodyLimit, Response> admit(const RequestHead& head) = 0;
  virtual void handle(Request request, Reply reply) = 0;
};

}  // namespace balans::api
