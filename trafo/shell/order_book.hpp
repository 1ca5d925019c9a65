#pragma once
// The api's orders, as this site has taken them: checked, kept over restarts, each taken once whatever comes twice or
// late.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/messages/orders.hpp"
#include "trafo/core/outside.hpp"
#include "trafo/core/site.hpp"

namespace balans {

/// What was made of an order, to be told to the api.
struct TakenOrder {
  std::uint64_t id = 0;
  OrderAck ack;
  std::string text;    ///< for the log
  bool again = false;  ///< nothing has changed by it
};

/// Belongs to one thread.
class OrderBook {
 public:
  /// `file` keeps what was taken. One that cannot be read is an error: orders in force must not be forgotten silently.
  static Result<OrderBook> open(std::filesystem::path file, const Site& site, const PublicKey& api,
                                const DeploymentId& deployment);

  /// Takes a signed order. It is durable when this returns; where that fails it is not taken, and the api is to be
  /// asked for it again. Nothing is said to the api of what is not signed by it. Not knowing the time, an order counts
  /// as not expired: limits only ever lower.
  Result<TakenOrder> take(std::string_view envelope, const std::optional<UnixTime>& utc);
  /// The newest genuine order could not be kept.
  [[nodiscard]] bool missed_one() const { return missed_one_; }
  /// What was taken before, and this program or this site's configuration does not know: for the log. It is kept until
  /// its end; where that is too much, the oldest is dropped.
  [[nodiscard]] const std::vector<std::string>& not_in_force() const { return not_in_force_; }
  /// The limits that hold or will hold.
  [[nodiscard]] std::vector<OutsideLimit> limits() const;
  [[nodiscard]] const std::optional<TariffOrder>& tariff() const { return tariff_; }
  [[nodiscard]] const std::optional<VolunteerPricesOrder>& volunteer_prices() const { return volunteer_prices_; }

  static constexpr std::size_t kMostLimits = 100;   ///< of nodes; a device has one of each source
  static constexpr std::size_t kMostHandled = 200;  ///< newest, whose acks can be repeated

 private:
  struct Handled {
    OrderAck ack;
    Digest envelope;
  };

  /// As it came, and when it is over.
  struct Kept {
    std::string envelope;
    UnixTime end;
  };

  OrderBook(std::filesystem::path file, const Site& site, const PublicKey& api, const DeploymentId& deployment)
      : file_(std::move(file)), site_(&site), api_(api), deployment_(deployment) {}

  Result<void> load();
  Result<void> load_order(const std::string& envelope);
  [[nodiscard]] Result<void> save() const;
  OrderAck handle(const Order& order, std::string_view envelope, const std::optional<UnixTime>& utc);
  OrderAck apply(const Order& order, const std::optional<UnixTime>& utc);
  OrderAck apply_limit(const Order& order, const LimitOrder& limit);
  struct Target {
    std::size_t node = 0;
    std::optional<std::size_t> agent;
  };
  void replace_limit_of(std::size_t agent, Reason source);
  [[nodiscard]] Result<Target> target_of(const LimitOrder& limit) const;
  void forget_ended(const std::optional<UnixTime>& utc);
  std::size_t drop_oldest();
  [[nodiscard]] bool is_in_force(std::uint64_t order) const;

  std::filesystem::path file_;
  const Site* site_;
  PublicKey api_;
  DeploymentId deployment_;
  std::uint64_t through_ = 0;
  bool missed_one_ = false;
  std::map<std::uint64_t, Handled> handled_;
  std::map<std::uint64_t, Kept> kept_;  ///< what was taken, not withdrawn and has not ended
  std::vector<std::string> unknown_;    ///< envelopes of kinds that this program does not know
  std::vector<std::string> not_in_force_;
  std::map<std::uint64_t, OutsideLimit> limits_;
  std::optional<TariffOrder> tariff_;
  std::optional<VolunteerPricesOrder> volunteer_prices_;
  std::map<std::string, std::uint64_t, std::less<>> newest_prices_;  ///< which order, by kind
};

}  // namespace balans
