// The last means: a normally-open contactor in the device's supply. It drops out by itself when it has not heard from
// us for a while; so it is a watchdog too, for devices that have none.
#include <algorithm>

#include "chargepoint/core/parts.hpp"

namespace balans::parts {
namespace {

constexpr Millis kTriesAgainAfter = Millis(60'000);
constexpr Millis kBoots = Millis(60'000);  ///< a device that has been without supply

bool is_to_be_at_zero(const AgentSettings& settings, const AgentMemory& memory) {
  return std::all_of(kDirections.begin(), kDirections.end(), [&](Direction d) {
    return band_of(settings, d).max == Milliamps() || memory.actuation[d].target.setpoint == Milliamps();
  });
}

bool cannot_be_told(const AgentSettings& settings, const AgentMemory& memory) {
  return std::any_of(kDirections.begin(), kDirections.end(), [&](Direction d) {
    return band_of(settings, d).max > Milliamps() && !memory.actuation[d].written;
  });
}

/// It has been told 0 for long enough, and is seen to go on.
bool goes_on(const AgentSettings& settings, const AgentMemory& memory, Millis patience, BootTime now) {
  return is_heard(memory.device, now) && std::any_of(kDirections.begin(), kDirections.end(), [&](Direction d) {
           const std::optional<BootTime>& written = memory.actuation[d].written;
           const std::optional<Flow> flow = seen_flow(settings, memory, d);
           return flow && written && now - *written >= patience && flow->current.largest() > obeyed_up_to(Milliamps());
         });
}

/// It takes what it is told, and goes on: it overwrites its register, say.
bool pretends(const AgentSettings& settings, const AgentMemory& memory, BootTime now) {
  return is_heard(memory.device, now) && std::any_of(kDirections.begin(), kDirections.end(), [&](Direction d) {
           const std::optional<Flow> flow = seen_flow(settings, memory, d);
           return flow && !memory.actuation[d].failing && flow->current.largest() > obeyed_up_to(Milliamps());
         });
}

void let_go(SupplyMemory& supply, bool disobeyed, BootTime now, AgentOutput& output) {
  supply.order = SupplyOrder::LetGo;
  supply.told.reset();
  supply.let_go = now;
  supply.disobeyed = disobeyed;
  output.events.push_back(
      {AgentEvent::What::SupplyCut, disobeyed ? "it is paused and goes on" : "it cannot be told 0"});
}

/// One that only could not be told may have needed the break: it is tried again.
void try_again(SupplyMemory& supply, BootTime now, AgentOutput& output) {
  if (supply.disobeyed || now - *supply.let_go < kTriesAgainAfter) return;
  supply.order = SupplyOrder::Hold;
  supply.told.reset();
  supply.zero = now + kBoots;
  output.events.push_back({AgentEvent::What::SupplyBack, "tried again"});
}

void tell(const Supply& settings, BootTime now, SupplyMemory& supply, AgentOutput& output) {
  const Millis every = supply.order == SupplyOrder::Hold ? settings.refresh : kRetryDue;
  const bool finished = supply.order == SupplyOrder::LetGo && supply.done;
  if (supply.told && (supply.under_way || finished || now - *supply.told < every)) return;
  supply.told = now;
  supply.under_way = true;
  supply.done = false;
  output.supply = supply.order;
}

void take_outcome(const AgentInput& input, SupplyMemory& supply) {
  if (!input.supplied) return;
  note(supply.failing, input.supplied->error, input.now);
  if (input.supplied->order != supply.order) return;
  supply.under_way = false;
  supply.done = input.supplied->error.empty();
}

}  // namespace

void hold_supply(const AgentSettings& settings, const AgentInput& input, AgentMemory& memory, AgentOutput& output) {
  if (!settings.supply) return;
  SupplyMemory& supply = memory.supply;
  take_outcome(input, supply);
  if (!is_to_be_at_zero(settings, memory)) {
    supply.zero.reset();
  } else if (!supply.zero) {
    supply.zero = input.now;
  }
  const Millis patience = std::max(defaults::kStuckAfter, settings.settle + 2 * kRetryWrite);
  if (supply.order == SupplyOrder::LetGo) {
    try_again(supply, input.now, output);
  } else if (supply.zero && goes_on(settings, memory, patience, input.now)) {
    let_go(supply, true, input.now, output);
  } else if (supply.zero && input.now - *supply.zero >= patience && cannot_be_told(settings, memory)) {
    let_go(supply, pretends(settings, memory, input.now), input.now, output);
  }
  tell(*settings.supply, input.now, supply, output);
}

}  // namespace balans::parts
