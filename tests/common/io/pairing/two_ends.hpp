#pragma once
// Both ends of a conversation in one process, over a real socket of 127.0.0.1.

#include <future>

#include "common/io/pairing/trafo_side.hpp"

namespace balans::pairing::test {

inline Deadline soon(std::chrono::milliseconds wait = std::chrono::seconds(10)) {
  return std::chrono::steady_clock::now() + wait;
}

inline Code code_of(const char* digits) { return *Code::parse(digits); }
inline AgentId agent_named(const char* name) { return *AgentId::parse(name); }
inline SiteId site_named(const char* name) { return *SiteId::parse(name); }

inline Wire connected_to(const Listening& listening) { return *Wire::connect("127.0.0.1", listening.port(), soon()); }

}  // namespace balans::pairing::test
