#pragma once
// Clients that ask for transfers over HTTP, remember what they asked for and what they were told, and after a lost
// answer ask for the same again.

#include <atomic>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "api/core/energy/json.hpp"
#include "common/io/http_client/http_client.hpp"

namespace balans::api::test {

/// One request, all of whose transfers are made or none.
struct Asked {
  enum class Told : std::uint8_t { Nothing, Made, Refused };
  energy::WireTransfers transfers;
  Told told = Told::Nothing;
};

class Payer {
 public:
  /// What an account that is opened for a payment may be overdrawn by: a payment of more is refused.
  static constexpr std::int64_t kCreditLimit = 900'000'000'000;

  Payer(const SiteId& site, int number, std::string token, unsigned seed)
      : site_(site), number_(number), token_(std::move(token)), random_(seed) {}

  /// The first thing that is asked for.
  void begin_with(const energy::WireTransfers& transfers) {
    asked_.push_back({transfers});
    key_ = "payer-" + std::to_string(number_) + "-first";
  }
  /// Until the server is gone.
  void run(std::uint16_t port) {
    HttpClient client;
    while (trouble_.empty() && ask(client, port)) {
    }
  }
  /// Until what is under way is answered; nothing new. False where it never is.
  bool finish(std::uint16_t port);

  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::uint64_t asked_again() const { return asked_again_; }
  /// In the order of asking; only the last may be without an answer.
  [[nodiscard]] const std::vector<Asked>& asked() const { return asked_; }
  /// An answer that no client should get; empty: none was.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  enum class Expected : std::uint8_t { Made, Refused, Either };

  /// False where the server is gone.
  bool ask(HttpClient& client, std::uint16_t port);
  void take(int status, const std::string& body);
  void invent();
  [[nodiscard]] HttpRequest request(std::uint16_t port) const;

  energy::WireTransfer payment(trade::Asset asset, std::int64_t amount);
  std::vector<energy::WireTransfer> together();
  energy::WireTransfer reserve();
  /// All or a part of a reserve is posted, or it is made void.
  energy::WireTransfer closing(const energy::WireTransfer& reserve);

  const SiteId site_;
  const int number_;
  const std::string token_;
  std::mt19937_64 random_;
  std::vector<Asked> asked_;
  std::vector<energy::WireTransfer> open_;  ///< reserves that were made and not closed by this client
  Expected expected_ = Expected::Made;
  std::string key_;
  std::uint64_t keys_ = 0;
  std::int64_t ids_ = 0;
  std::atomic<std::uint64_t> answered_ = 0;
  std::atomic<std::uint64_t> asked_again_ = 0;
  std::string trouble_;
};

}  // namespace balans::api::test
