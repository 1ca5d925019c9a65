#pragma once
// What every request and answer gets, whatever its route: an id, a line in the log, a count, the origins that pages may
// call from, an ETag, and gzip.

#include <mutex>
#include <set>
#include <string>

#include "api/app/metrics.hpp"
#include "api/http/router.hpp"
#include "common/io/runtime/event_log.hpp"

namespace balans::api {

enum class LogRequests : std::uint8_t { Problems, All };

struct FrontOptions {
  std::set<std::string> origins;  ///< of pages elsewhere that may read answers; `*` is everybody
  LogRequests log = LogRequests::Problems;
};

class Front final : public Handler {
 public:
  Front(Router& router, Metrics& metrics, EventLog& events, const Clock& clock, FrontOptions options)
      : router_(router), metrics_(metrics), events_(events), clock_(clock), options_(std::move(options)) {}

  std::variant<BodyLimit, Response> admit(const RequestHead& head) override;
  void handle(Request request, Reply reply) override;

 private:
  [[nodiscard]] Response finish(const RequestHead& head, const std::string& id, BootTime began,
                                Response response) const;
  void tell(const RequestHead& head, const std::string& id, BootTime began, const Response& response) const;
  [[nodiscard]] bool may_log(BootTime now) const;
  [[nodiscard]] bool allows(std::string_view origin) const;
  [[nodiscard]] std::optional<Response> preflight(const RequestHead& head) const;
  void allow_origin(const RequestHead& head, std::vector<std::pair<std::string, std::string>>& headers) const;

  Router& router_;
  Metrics& metrics_;
  EventLog& events_;
  const Clock& clock_;
  const FrontOptions options_;
  mutable std::mutex mutex_;  ///< answers come from several threads
  mutable BootTime minute_;   ///< when this one began
  mutable std::int64_t problems_ = 0;
};

/// Whether one of the tags of If-None-Match or If-Match is this one, however the answer was packed.
bool names_tag(std::string_view header, std::string_view tag);
/// The ETag of a body.
std::string tag_of(std::string_view body);

}  // namespace balans::api
