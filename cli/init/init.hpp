#pragma once
// `balans init trafo|chargepoint|api`: asks, tries with the real programs, writes.

#include "cli/init/dialogue.hpp"
#include "cli/init/locate.hpp"
#include "cli/init/placing.hpp"
#include "cli/init/site_plan.hpp"

namespace balans::cli {

// ---- the controller ----

struct SiteAnswers {
  Given site, kva, impedance, base, api;
  LocateAnswers meter;
  std::vector<std::string> feeders;  ///< "feeder-1,max_a=160,base_a=90,parent=…"
  std::vector<std::string> devices;  ///< "charger-1,kind=charger,phases=L1+L2+L3,max_a=16,failsafe_a=6,node=…"
};
Result<Report> init_site(Dialogue& dialogue, const SiteAnswers& answers, const InitPlaces& places);

// ---- an agent ----

struct AgentAnswers {
  AgentId id;
  LocateAnswers device;
  Given kind, phases, min, max, failsafe, revert, fallback, node;
};
/// `ca` is where the site's authority lies, where it is on this machine.
Result<Report> init_agent(Dialogue& dialogue, const AgentAnswers& answers, const InitPlaces& places,
                          const CaPlaces& ca);

// ---- the api ----

struct ApiAnswers {
  Given listen, database, site, site_key, deployment;
  std::vector<std::string> agents;  ///< "charger-1=KEY"
};
Result<Report> init_api(Dialogue& dialogue, const ApiAnswers& answers, const InitPlaces& places);

}  // namespace balans::cli
