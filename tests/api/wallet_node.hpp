#pragma once
// A node of IOTA in memory, which executes payments: what wallets are tested against.

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "api/ledger/iota/answers.hpp"
#include "api/ledger/iota/transport.hpp"

namespace boost::json {
class array;
}

namespace balans::api::test {

class WalletNode final : public iota::Transport {
 public:
  static constexpr const char* kChain = "0123abcd";
  /// Of checkpoint 0: 32 bytes that begin with the chain's.
  [[nodiscard]] static std::string genesis();
  static constexpr std::uint64_t kPrice = 1000;
  static constexpr std::int64_t kFee = 1'000'000 + 1'960'800 - 980'400;

  Result<std::string> post(const std::string& endpoint, const std::string& body) override;

  /// A fresh coin.
  void give(const std::string& address, std::uint64_t nanos);
  [[nodiscard]] std::uint64_t holds(const std::string& address) const;
  /// What was executed is final from now on.
  void checkpoint();
  void begin_epoch(std::uint64_t number) { epoch_ = number; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

  std::string chain = kChain;
  std::int64_t now_ms = 1'554'300'000'000;  ///< the time of its checkpoints
  std::function<void()> on_question;        ///< before each is answered
  bool is_silent = false;
  bool loses_answers = false;       ///< executes, and the answer does not arrive
  bool drops_transactions = false;  ///< takes nothing, and gives no answer
  bool fails_transactions = false;  ///< executes in vain
  bool checkpoints_at_once = true;
  bool forgets = false;                ///< whatever was executed
  bool hides_coins = false;            ///< knows none of them
  std::vector<std::string> submitted;  ///< the bytes, in base64, in the order they came
  std::vector<std::string> asked;      ///< methods

 private:
  struct Held {
    std::string owner;
    iota::Coin coin;
    std::string by = std::string(32, '1');  ///< the transaction that has made this version
  };
  struct Done {
    std::string digest;
    std::string sender;
    std::string effects;
    std::map<std::string, std::int64_t> changes;
    std::int64_t checkpoint = -1;
  };

  Result<std::string> answer(const std::string& method, const boost::json::array& params);
  Result<std::string> execute(const boost::json::array& params);
  [[nodiscard]] bool has_inputs(const iota::Transaction& transaction) const;
  Done apply(const iota::Transaction& transaction, const std::string& digest);
  [[nodiscard]] std::string object(const std::string& id) const;
  [[nodiscard]] std::string coins_of(const std::string& owner) const;
  [[nodiscard]] std::string shown(const Done& done) const;
  [[nodiscard]] std::string checkpoint_json(const std::string& number) const;
  [[nodiscard]] std::string page(const boost::json::array& params) const;

  std::map<std::string, Held> coins_;  ///< by object
  std::deque<Done> done_;              ///< in the chain's order
  std::uint64_t next_object_ = 1;
  std::uint64_t version_ = 5;
  std::uint64_t epoch_ = 7;
  std::int64_t checkpoint_ = 100;
};

}  // namespace balans::api::test
