#pragma once
// Screens that listen to one site.

#include "tests/bench/service/api_process.hpp"

namespace balans::bench {

struct ListenerFigures {
  int listeners = 0;
  double last_heard = 0;         ///< s, from a state's being handed over to when the last listener has it; half of all
  std::int64_t resident_kb = 0;  ///< of the api while they listen
};

ListenerFigures measure_listeners(const ApiProcess& api, int listeners);

}  // namespace balans::bench
