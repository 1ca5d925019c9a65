// A stage whose money is paid out on a network of IOTA of its own.

#include <chrono>

#include "common/io/runtime/keys.hpp"
#include "sim/stage/stage.hpp"

namespace balans::sim {

using namespace std::chrono_literals;

/// With the same clock as the api. The hot wallet's key is there before the api is, so that its address is known.
Result<void> Stage::start_chain() {
  const std::filesystem::path state = folder_.chain() / "chain.jsonl";
  const std::vector<std::string> node{"node",         std::filesystem::absolute(options_.iota_node).string(),
                                      "--faucet",     "--state",
                                      state.string(), "--sim-clock",
                                      sim_clock_,     "--checkpoint-ms",
                                      "1000"};
  if (Result<void> launched = launch("iota-node", node, ChildInput::None); !launched) return launched;
  const auto said = [&] {
    const auto found = read_local_chain(folder_.out_of("iota-node"));
    if (found && *found) chain_ = **found;
    return chain_.has_value();
  };
  if (Result<void> ready = await("the iota node does not listen", said); !ready) return ready;
  const auto key = create_key_file(folder_.api() / kWalletKey);
  if (!key) return key.error();
  chain_->wallet = chain_address(*key);
  return {};
}

Result<void> Stage::pay_out_on_chain() {
  if (!chain_) return {};
  auto payees = register_payees(desk_, *chain_, devices(), folder_.chain());
  if (!payees) return payees.error();
  payees_ = *std::move(payees);
  // Only now: it is known that what comes from the faucet is from outside.
  return fund(*chain_, chain_->wallet, kWalletBegins);
}

Result<boost::json::object> Stage::chain_now() const {
  if (!chain_ || payees_.empty()) return boost::json::object();
  return chain_of(desk_, *chain_, payees_);
}

Result<boost::json::object> Stage::chain_summary() {
  Result<boost::json::object> summary = chain_now();
  if (summary && summary->empty()) return summary;
  const auto agrees = [&] {
    summary = chain_now();
    return summary && summary->at("agrees").as_bool();
  };
  wait_for(agrees, options_.patience);  // what is on its way is booked in one of the next rounds
  return summary;
}

void Stage::add_chain(boost::json::object& summary, const boost::json::object& chain) {
  summary["chain"] = chain;
  if (!chain.at("agrees").as_bool()) failures_.push_back("the chain has paid something else than the journal says");
}

}  // namespace balans::sim
