#include "api/core/flexibility/settle.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "api/core/roll_up.hpp"

namespace balans::api::flexibility {
namespace {

using Devices = std::vector<const DeviceSlot*>;
using Energies = PerPhase<MilliwattHours>;

Result<void> check(const SiteSlot& site) {
  if (floor_to(kSlot, site.slot) != site.slot) return Error{"slot", "does not begin on a quarter-hour"};
  if (site.devices.size() > kMostDevices)
    return Error{"devices", "more than " + std::to_string(kMostDevices) + " of one site"};
  std::set<AgentId> seen;
  for (const DeviceSlot& device : site.devices)
    if (!seen.insert(device.device).second) return Error{"devices", device.device.str() + " is there twice"};
  std::set<std::string> nodes;
  for (const NodeRecord& node : site.nodes)
    if (!nodes.insert(node.node).second) return Error{"nodes", node.node + " is there twice"};
  return {};
}

Devices below(const SiteSlot& site, const std::string& node) {
  Devices found;
  for (const DeviceSlot& device : site.devices)
    if (std::ranges::find(device.nodes, node) != device.nodes.end()) found.push_back(&device);
  return found;
}

std::map<std::string, Devices> by_connection(const SiteSlot& site) {
  std::map<std::string, Devices> found;
  for (const DeviceSlot& device : site.devices) found[device.connection].push_back(&device);
  return found;
}

/// Whether a claim is more than its place changed by, on every phase that it is claimed for: what is left out by one
/// device was drawn by another. Rounding to whole steps and Wh is no reason to look at it.
bool is_above(const Delivered& delivered, PhaseSet phases, WattHours step, const Energies& change) {
  const MilliwattHours part = fine(std::max(0_Wh, delivered.claimed - step)) / std::max(1, phases.size());
  return std::ranges::all_of(kPhases, [&](Phase p) { return !phases.contains(p) || part > change[p]; });
}

void put_aside(Delivered& delivered, Verdict verdict) {
  delivered.verdict = verdict;
  delivered.verified = WattHours();
}

/// All claims of one site, with what is needed to judge them together.
class Judgement {
 public:
  Judgement(const SiteSlot& site, const UsedProofs& used) : site_(site) {
    for (const DeviceSlot& device : site.devices) {
      Claim claim = claim_of(device, site.slot, used);
      phases_.push_back(claim.phases);
      delivered_.push_back(
          {device.device, claim.verdict, claim.energy, {}, std::move(claim.node), std::move(claim.proofs)});
    }
  }

  void against_connections() {
    const std::map<std::string, Devices> connections = by_connection(site_);
    std::map<std::string, Energies> changes;
    for (const auto& [name, devices] : connections) changes[name] = change_of(devices, site_.slot);
    for (std::size_t i = 0; i < delivered_.size(); ++i)
      if (counts(i)) refuse_above(i, changes[site_.devices[i].connection]);
  }

  void against_rows() {
    std::map<std::string, std::vector<std::size_t>> claims;
    for (std::size_t i = 0; i < delivered_.size(); ++i)
      if (counts(i)) claims[delivered_[i].node].push_back(i);
    for (const auto& [node, indices] : claims) against_row(node, indices);
  }

  std::vector<Delivered> take() { return std::move(delivered_); }

 private:
  [[nodiscard]] bool counts(std::size_t i) const { return delivered_[i].verdict == Verdict::Counts; }

  void refuse_above(std::size_t i, const Energies& change) {
    if (is_above(delivered_[i], phases_[i], site_.devices[i].step, change))
      put_aside(delivered_[i], Verdict::AboveRowChange);
  }

  void against_row(const std::string& name, const std::vector<std::size_t>& indices) {
    const auto node = std::ranges::find(site_.nodes, name, &NodeRecord::node);
    if (node == site_.nodes.end()) return;  // nothing is known of it, so nothing is verified
    const Devices devices = below(site_, name);
    const RowEnergy row = row_energy(*node, devices, site_.slot);
    std::vector<RowClaim> claims;
    std::vector<std::size_t> stand;
    for (const std::size_t i : indices) {
      const auto& nodes = site_.devices[i].nodes;
      if (std::ranges::find(nodes, name) == nodes.end()) continue;  // its current does not flow there
      refuse_above(i, row.most);
      if (!counts(i)) continue;
      claims.push_back({delivered_[i].claimed, phases_[i]});
      stand.push_back(i);
    }
    const std::vector<WattHours> verified = verified_of(claims, row.room);
    for (std::size_t k = 0; k < stand.size(); ++k) delivered_[stand[k]].verified = verified[k];
  }

  const SiteSlot& site_;
  std::vector<Delivered> delivered_;
  std::vector<PhaseSet> phases_;
};

}  // namespace

Result<std::vector<Delivered>> settle(const SiteSlot& site, const UsedProofs& used) {
  if (const Result<void> sound = check(site); !sound) return sound.error();
  Judgement judgement(site, used);
  judgement.against_connections();
  judgement.against_rows();
  return judgement.take();
}

}  // namespace balans::api::flexibility
