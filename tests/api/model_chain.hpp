#pragma once
// A chain in memory, with what makes real ones hard: objects that one final transaction uses up, a lock on whoever is
// submitted first, checkpoints and epochs, nodes that lag behind, answers that are lost, transactions that wait, fail,
// or are forgotten, and somebody else who has our key.

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "api/ledger/ledger.hpp"

namespace balans::api::test {

class ModelChain final : public Ledger {
 public:
  struct Coin {
    std::string id;
    std::int64_t version = 1;
    std::int64_t amount = 0;
  };
  /// What its bytes say.
  struct Transaction {
    std::string digest;
    std::string sender;
    std::int64_t expiry = 0;
    std::int64_t fee = 0;
    std::vector<settlement::Input> inputs;
    std::vector<settlement::Payment> payments;
  };
  struct Outcome {
    std::int64_t checkpoint = 0;
    bool paid = false;
    std::int64_t fee = 0;
  };

  explicit ModelChain(std::uint64_t seed) : random_(seed) {}

  // ---- what the world does to it ----
  bool is_down = false;
  int lose_one_in = 0;  ///< answers; 0: none
  int fail_one_in = 0;  ///< executions in vain; 0: none
  int lag = 0;          ///< checkpoints by which a node may be behind
  std::int64_t fee_base = 1000;
  std::int64_t fee_each = 500;
  settlement::ChainIdentity identity{"model-1", "genesis-1"};
  std::string own_address = "0xours";  ///< the wallet's, as its adapter says
  UnixTime now{1'760'000'000'000};     ///< of the next checkpoint

  /// A checkpoint: some of what waits is executed.
  void checkpoint();
  /// A checkpoint that begins an epoch: locks are gone, and what waits is forgotten, as nodes may.
  void begin_epoch();
  void deposit(const std::string& from, std::int64_t amount);
  /// Somebody with our key submits a payment of his own.
  void spend_by_hand(const std::string& to, std::int64_t amount);

  // ---- as the loop sees it ----
  Result<settlement::Tip> tip() override;
  Result<settlement::SignedTransaction> build(std::span<const settlement::Payment> payments,
                                              std::span<const settlement::Input> in_use,
                                              std::int64_t last_epoch) override;
  Result<void> submit(const settlement::SignedTransaction& transaction) override;
  Result<settlement::Status> status(const settlement::SignedTransaction& transaction) override;
  Result<settlement::History> history(const std::string& position, std::size_t limit) override;

  // ---- the truth ----
  [[nodiscard]] std::int64_t holdings() const;
  [[nodiscard]] std::int64_t epoch() const { return epochs_.back(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  /// What an address has received from us, ever.
  [[nodiscard]] std::int64_t received(const std::string& address) const;
  [[nodiscard]] const std::vector<settlement::Movement>& movements() const { return history_; }
  [[nodiscard]] const std::map<std::string, Outcome>& executed() const { return executed_; }
  /// Inputs that were submitted in two transactions of ours, both of which could be executed then.
  [[nodiscard]] std::size_t equivocations() const { return equivocations_; }
  [[nodiscard]] const std::set<std::string>& submitted() const { return submitted_; }
  /// Bytes that came under one digest and differed.
  [[nodiscard]] std::size_t changed_bytes() const { return changed_bytes_; }

 private:
  struct At {
    std::int64_t checkpoint = 0;
    std::string by;
  };
  bool one_in(int count) { return count > 0 && random_() % static_cast<std::uint64_t>(count) == 0; }
  /// Nothing where it does not answer; otherwise the checkpoint that the node is at which does.
  Result<std::int64_t> node();
  [[nodiscard]] std::int64_t newest() const { return static_cast<std::int64_t>(epochs_.size()) - 1; }
  [[nodiscard]] bool can_be_executed(const Transaction& transaction) const;
  void execute(const Transaction& transaction, bool paid);
  void accept(const Transaction& transaction);
  [[nodiscard]] std::int64_t fee_of(std::size_t payments) const;
  [[nodiscard]] std::vector<Coin> coins_at(std::int64_t checkpoint) const;

  std::mt19937_64 random_;
  std::vector<std::int64_t> epochs_{0};  ///< of each checkpoint
  std::vector<UnixTime> times_{UnixTime(1'760'000'000'000)};
  std::map<std::string, std::map<std::int64_t, Coin>> coins_;  ///< by id and the checkpoint that made it so
  std::deque<Transaction> waiting_;
  std::map<settlement::Input, std::string> locks_;
  std::map<settlement::Input, At> used_;
  std::map<std::string, Outcome> executed_;
  std::map<std::string, std::string> bytes_;  ///< submitted, by digest
  std::set<std::string> submitted_;
  std::map<settlement::Input, std::set<std::string>> claims_;  ///< of our own loop
  std::map<std::string, Transaction> known_;
  std::vector<settlement::Movement> history_;
  std::map<std::string, std::int64_t> received_;
  std::int64_t made_ = 0;
  std::size_t equivocations_ = 0;
  std::size_t changed_bytes_ = 0;
};

}  // namespace balans::api::test
