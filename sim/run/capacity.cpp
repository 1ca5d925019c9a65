#include "sim/run/capacity.hpp"

#include <algorithm>

namespace balans::runs {

bool is_carried(const RunResult& result, const Criterion& criterion) {
  return result.demands_met >= criterion.demands_met &&
         result.longest_caused_overload_s <= criterion.longest_caused_overload_s;
}

Result<CapacityAnswer> most_cars(const RunOptions& options, int most, const Criterion& criterion,
                                 const std::function<void(const RunResult&)>& tell) {
  CapacityAnswer answer;
  const auto carries = [&](int cars) -> Result<bool> {
    RunOptions with = options;
    with.evs = cars;
    const Result<RunResult> result = run(with);
    if (!result) return result.error();
    tell(*result);
    answer.tried.push_back(*result);
    return is_carried(*result, criterion);
  };
  int too_many = most + 1;
  for (int cars = std::min(most, 4); answer.cars < cars && too_many > most;) {
    const Result<bool> carried = carries(cars);
    if (!carried) return carried.error();
    (*carried ? answer.cars : too_many) = cars;
    cars = std::min(most, cars * 2);
  }
  while (too_many - answer.cars > 1) {
    const int cars = answer.cars + (too_many - answer.cars) / 2;
    const Result<bool> carried = carries(cars);
    if (!carried) return carried.error();
    (*carried ? answer.cars : too_many) = cars;
  }
  answer.limited_by_search = answer.cars == most;
  return answer;
}

}  // namespace balans::runs
