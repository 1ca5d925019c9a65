#include "trafo/filter/filter.hpp"

#include "common/messages/json.hpp"
#include "trafo/filter/bounds.hpp"

namespace balans::filter {
namespace {

void write_phases(json::Writer& w, PhaseSet phases) {
  w.begin_array();
  for (const Phase p : kPhases)
    if (phases.contains(p)) w.string(balans::name_of(p));
  w.end_array();
}

std::optional<Reason> source_of(const Problem& problem, const std::optional<Binding>& binding) {
  if (!binding) return std::nullopt;
  return problem.sources[static_cast<std::size_t>(binding->node)][static_cast<std::size_t>(binding->row)];
}

void write_limit(json::Writer& w, const Problem& problem, std::size_t device, const Grant& grant) {
  const std::optional<Reason> source = source_of(problem, grant.binding);
  w.begin_object().key("device").string(problem.device_names[device]).key("phases");
  write_phases(w, grant.phases.empty() ? problem.devices[device].phases : grant.phases);
  w.key("limit_ma").begin_array();
  for (const Milliamps current : grant.phases.spread(grant.current).values) w.integer(current.count());
  w.end_array().key("reason").string(name_of(source.value_or(grant.reason)));
  if (grant.binding) {
    const std::string& node = problem.node_names[static_cast<std::size_t>(grant.binding->node)];
    w.key("binding").begin_object().key("node").string(node).key("row").string(json_name_of(grant.binding->row));
    if (source) w.key("source").string(name_of(*source));
    w.end_object();
  }
  w.end_object();
}

void write_turn(json::Writer& w, const std::string& device, const Turn& turn) {
  w.begin_object().key("device").string(device).key("on").boolean(turn.on);
  w.key("since_ms").integer(turn.since.ms()).key("rest_until_ms").integer(turn.rest_until.ms());
  w.key("on_fewer").boolean(turn.on_fewer).key("switched_ms").integer(turn.switched.ms()).end_object();
}

void write_id(json::Writer& w, const std::optional<std::string>& id) {
  if (id) w.key("id").string(*id);
}

std::vector<Turn> turns_after(const Problem& problem, std::span<const Grant> grants) {
  std::vector<Turn> turns;
  turns.reserve(grants.size());
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const Candidate& device = problem.devices[i];
    turns.push_back(next_turn(device.turn, device, grants[i], problem.min_off[i], problem.now));
  }
  return turns;
}

std::string written(const Problem& problem, std::span<const Grant> grants, const std::vector<Turn>* turns) {
  json::Writer w;
  w.begin_object();
  write_id(w, problem.id);
  w.key("limits").begin_array();
  for (std::size_t i = 0; i < grants.size(); ++i) write_limit(w, problem, i, grants[i]);
  w.end_array();
  if (turns != nullptr) {
    w.key("memory").begin_object().key("turns").begin_array();
    for (std::size_t i = 0; i < turns->size(); ++i) write_turn(w, problem.device_names[i], (*turns)[i]);
    w.end_array().end_object();
  }
  w.end_object();
  return w.take();
}

}  // namespace

Answer refusal(const std::optional<std::string>& id, const Error& error) {
  json::Writer w;
  w.begin_object();
  write_id(w, id);
  w.key("error").begin_object().key("pointer").string(error.where).key("what").string(error.what).end_object();
  w.end_object();
  return {w.take(), false};
}

Answer Filter::answer(std::string_view line) {
  const Result<boost::json::value> value = json::parse_strict(line, bounds::kLineBytes);
  if (!value) return refusal(std::nullopt, value.error());
  const MemoryMember member = memory_ == Memory::Carried ? MemoryMember::Read : MemoryMember::Ignored;
  Result<Problem> problem = read_problem(*value, member);
  if (!problem) return refusal(id_of(*value), problem.error());
  const Result<void> remembered = remember(*problem);
  if (!remembered) return refusal(problem->id, remembered.error());
  return answer(*problem);
}

Result<void> Filter::remember(Problem& problem) {
  if (const Turns* given = std::get_if<Turns>(&problem.memory)) {
    recall(problem, *given);
    return {};
  }
  if (memory_ == Memory::None) return {};
  if (problem.now < remembered_) {
    return Error{"/now_ms", std::to_string(problem.now.ms()) + " is before " + std::to_string(remembered_.ms()) +
                                " of the line whose memory is carried; \"memory\": null begins anew"};
  }
  recall(problem, turns_);
  return {};
}

Answer Filter::answer(Problem& problem) {
  const std::span<const Grant> grants = allocator_.allocate(problem.nodes, problem.devices, problem.now);
  if (memory_ == Memory::None) return {written(problem, grants, nullptr), true};
  const std::vector<Turn> turns = turns_after(problem, grants);
  turns_.clear();
  for (std::size_t i = 0; i < turns.size(); ++i) turns_.emplace(problem.device_names[i], turns[i]);
  remembered_ = problem.now;
  return {written(problem, grants, &turns), true};
}

}  // namespace balans::filter
