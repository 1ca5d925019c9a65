#pragma once
// What the routes of wallets and of their payments share.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/app/wallet_payments.hpp"
#include "api/app/wallets.hpp"
#include "api/http/routes/money.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {

/// What wallets run on, where a chain is configured. What tries passwords runs in the lane for reading, what asks the
/// chain in the one for writing: one job of each at a time, and neither keeps the api's own stores waiting.
struct WalletService {
  Wallets& wallets;
  WalletPayments& payments;
  WalletSessions& sessions;
  StoreWork& work;
};

/// Requests about wallets that one caller may have under way.
inline constexpr std::size_t kWalletTurns = 4;

/// Runs with what was read of the body, if anything was.
template <class Body>
using OnWallets = std::function<Answer(const Call&, Store&, const WalletService&, const std::shared_ptr<Body>&)>;

/// Posts the job, or says why it cannot be done.
void post_to_wallets(const Services& services, Turns& turns, Lane lane, const Call& call, const Reply& reply,
                     std::function<Answer(Store&)> job);

/// A route that is answered in one of the lanes. `parse` reads the body while it is there; what it refuses is named by
/// a place among `known`, and nothing of the body is repeated.
template <class Body>
Later on_wallets(const Services& services, std::shared_ptr<Turns> turns, Lane lane,
                 std::function<Result<Body>(const Call&)> parse, OnWallets<Body> run) {
  return [&services, turns = std::move(turns), lane, parse = std::move(parse), run = std::move(run)](const Call& call,
                                                                                                     Reply reply) {
    if (services.wallets == nullptr) return reply(problem(problems::kNoChain, "api.yaml has no section `settlement`"));
    auto body = parse(call);
    if (!body) return reply(pointer_problem(problems::kInvalidBody, body.error()));
    const auto read = std::make_shared<Body>(*std::move(body));
    const auto kept = std::make_shared<Call>(call);
    wipe(kept->request.body);
    const WalletService& wallets = *services.wallets;
    post_to_wallets(services, *turns, lane, *kept, reply,
                    [kept, read, run, &wallets](Store& store) { return run(*kept, store, wallets, read); });
  };
}

/// Of a route without a body.
struct NoBody {};
inline Result<NoBody> no_body(const Call&) { return NoBody{}; }

/// The members of a body that may hold secrets. An error names a member among those that were asked for, or nothing at
/// all: what was put in a wrong place is not repeated.
class SecretBody {
 public:
  explicit SecretBody(const std::string& text);
  ~SecretBody();
  SecretBody(const SecretBody&) = delete;
  SecretBody& operator=(const SecretBody&) = delete;

  [[nodiscard]] bool has(std::string_view key) { return reader_ && reader_->has(key); }
  std::string text(std::string_view key, std::size_t most);
  SecretText secret(std::string_view key, std::size_t most) { return SecretText(text(key, most)); }
  /// What `parse` makes of it; where it refuses, the error says what was `expected`, and not what was found.
  template <class Parse>
  auto parsed(std::string_view key, std::size_t most, Parse parse, const char* expected)
      -> std::decay_t<decltype(*parse(""))> {
    auto value = parse(text(key, most));
    if (value) return *std::move(value);
    fail(key, std::string("expected ") + expected);
    return {};
  }
  void fail(std::string_view key, std::string what);
  /// The first thing that is wrong, if anything is.
  [[nodiscard]] std::optional<Error> finish();

 private:
  boost::json::value value_;
  std::optional<Error> error_;
  std::optional<json::ObjectReader> reader_;
  std::vector<std::string> asked_;
};

/// The wallet of the path, if the caller may see it: nobody learns that there is one that is not theirs.
std::variant<wallet::Wallet, Response> wallet_of(const Call& call, Store& store);
WalletCaller caller_of(const Call& call, std::string_view what);
Response refused(const WalletRefused& refusal);

/// Without what it holds.
void write_members(json::Writer& w, const wallet::Wallet& wallet);
void write(json::Writer& w, const wallet::Transaction& transaction, const std::optional<std::string>& link);

}  // namespace balans::api
