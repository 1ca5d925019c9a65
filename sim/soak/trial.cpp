#include "sim/soak/trial.hpp"

namespace balans::soak {

Trial::Trial(Case street, const TrialSettings& settings)
    : world_(std::move(street.street),
             {settings.seed, settings.mistake, Millis(100), street.weather.network, settings.wire, settings.log}),
      storm_(street.weather, settings.seed, world_.agents().size(), settings.log),
      life_(street.weather, settings.seed, world_.street()),
      judge_(world_, settings.judge) {
  if (settings.waits == Waits::Judged) waiting_.emplace(world_);
}

std::optional<std::string> Trial::live(Millis time) {
  const twin::WorldTime end = world_.now() + time;
  while (world_.now() < end) {
    std::string wrong = world_.advance();
    if (!wrong.empty()) return wrong;
    if (world_.now().ms() % 1000 != 0) continue;
    if (auto broken = judge_.look(world_, storm_)) return broken;
    if (waiting_)
      if (auto broken = waiting_->look(world_)) return broken;
    life_.go_on(world_);
    storm_.blow(world_);
  }
  return std::nullopt;
}

void Trial::clear_up() {
  storm_.clear_up(world_);
  life_.settle_down(world_);
}

}  // namespace balans::soak
