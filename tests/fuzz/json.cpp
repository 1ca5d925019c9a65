// Bodies: orders, pairing, acks, states, evidence.
#include "api/app/orders.hpp"
#include "api/core/pairing.hpp"
#include "common/check.hpp"
#include "common/messages/evidence.hpp"
#include "common/messages/messages.hpp"
#include "tests/fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace balans;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)api::parse_order_wish(text).ok();
  (void)api::parse_pairing(text).ok();
  (void)decode_order_ack(text).ok();
  if (const auto order = decode_order(text)) BALANS_CHECK(*decode_order(encode(*order)) == *order);
  if (const auto state = decode<TrafoState>(text)) BALANS_CHECK(*decode<TrafoState>(encode(*state)) == *state);
  if (const auto batch = decode<EvidenceBatch>(text)) BALANS_CHECK(*decode<EvidenceBatch>(encode(*batch)) == *batch);
  return 0;
}
