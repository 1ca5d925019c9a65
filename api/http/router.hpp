#pragma once
// A table of routes, and the checks that are the same for all of them: path, method, privilege, parameters, size.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/app/access_book.hpp"
#include "api/app/store_work.hpp"
#include "api/http/message.hpp"
#include "api/http/query.hpp"
#include "api/http/turns.hpp"
#include "common/io/clock/clock.hpp"

namespace balans::api {

enum class Privilege : std::uint8_t {
  Open,  ///< anybody who reaches the server
  Read,  ///< a token with this scope or one above, for the site in the path
  Operate,
  Administer,
  SiteSignature,  ///< the site in the path has signed method, path and body
};

/// What happens when a request is sent again because its answer was lost.
enum class Repeated : std::uint8_t {
  Harmless,      ///< reads, and writes that say what is to be
  Keyed,         ///< an Idempotency-Key is wanted; the answer is kept in the transaction of what was done
  KeyedByRoute,  ///< the same, by the route's own use case
};

/// What a request's body holds.
enum class Content : std::uint8_t {
  Plain,
  Secret  ///< a password or a key: wiped as soon as the route has read it
};

/// Who asks, once that is proved.
struct Caller {
  std::string who;  ///< `token 1a2b3c4d (name)`, `site elm-street`; empty: nobody in particular
  Grant grant;
};

/// A request on its way to its route.
struct Call {
  Request request;
  Target target;
  std::map<std::string, std::string, std::less<>> path;  ///< the path's {names}
  SiteId site;                                           ///< of the path's {site}; known to the roster
  Caller caller;
  std::shared_ptr<const AccessList> access;

  [[nodiscard]] const std::string* query(std::string_view name) const {
    const auto found = target.query.find(name);
    return found == target.query.end() ? nullptr : &found->second;
  }
};

/// Answered at once, from memory.
using OnLoop = std::function<Answer(const Call&)>;
/// Answered by a thread that may wait for the database.
struct OnStore {
  Lane lane = Lane::Read;
  std::function<Answer(const Call&, Store&)> run;
  std::function<void()> committed = {};  ///< called after the commit of a keyed route that has changed something
};
/// Answered by whoever else it is handed to; called on the loop, or on a thread of the store's where the body is large.
using Later = std::function<void(const Call&, Reply)>;

struct Route {
  Method method;
  std::string_view path;  ///< `/v1/sites/{site}/state`
  Privilege privilege;
  std::size_t max_body;
  std::vector<std::string_view> parameters;  ///< of the query; any other is refused
  std::variant<OnLoop, OnStore, Later> run;
  Repeated repeated = Repeated::Harmless;
  Content content = Content::Plain;
};

class Router final : public Handler {
 public:
  /// All outlive the router.
  Router(const AccessBook& access, StoreWork& work, const Clock& clock, std::vector<Route> routes);

  std::variant<BodyLimit, Response> admit(const RequestHead& head) override;
  void handle(Request request, Reply reply) override;

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
  /// The route's own path for a request's target, for logs and metrics; empty where there is none.
  [[nodiscard]] std::string_view path_of(std::string_view target) const;

 private:
  /// One segment of a path: where its next segments lead.
  struct Node {
    std::map<std::string_view, std::size_t> fixed;
    std::optional<std::pair<std::string_view, std::size_t>> named;
    std::vector<std::size_t> routes;
  };
  struct Match {
    const Route* route;
    Call call;
  };
  using Names = std::map<std::string, std::string, std::less<>>;

  void plant(std::size_t route);
  [[nodiscard]] const Node* walk(const std::vector<std::string>& segments, Names& names) const;
  [[nodiscard]] std::variant<Match, Response> find(const RequestHead& head) const;
  [[nodiscard]] std::optional<Response> refuse_caller(const Route& route, const RequestHead& head, Call& call) const;
  [[nodiscard]] std::optional<Response> refuse_token(const Route& route, const RequestHead& head, Call& call) const;
  [[nodiscard]] Answer run_on(Store& store, const Route& route, Call& call) const;
  [[nodiscard]] std::optional<Response> refuse_body(const Route& route, Call& call) const;
  void answer_on_loop(const Route& route, Call& call, const Reply& reply) const;
  void post(Lane lane, const Call& call, const Reply& reply, StoreWork::Job job);
  [[nodiscard]] std::function<bool()> still_allowed(const Route& route, const Call& call) const;

  const AccessBook& access_;
  StoreWork& work_;
  const Clock& clock_;
  const std::vector<Route> routes_;
  std::vector<Node> nodes_;
  Turns turns_;
};

}  // namespace balans::api
