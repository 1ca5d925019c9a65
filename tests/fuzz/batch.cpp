// Signed batches as sites hand them over.
#include "api/core/ingest.hpp"
#include "api/core/retention.hpp"
#include "tests/fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace balans;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const SiteId site = *SiteId::parse("elm-street");
  api::Roster roster;
  roster.sites[site].agents[*AgentId::parse("charger-1")] = {};
  const auto bounds = api::bounds_at(api::Retention(), UnixTime(1'554'300'000'000));
  (void)api::judge(roster, site, {std::string(text)}, bounds);
  if (auto envelopes = api::parse_ingest(text)) (void)api::judge(roster, site, *std::move(envelopes), bounds);
  return 0;
}
