#pragma once
// Made-up devices for the tests of the tool.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "cli/catalogue.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli {

/// A charger with a proof of its identity, a read-back and every common quantity.
inline const std::string kCharger = R"(device:
  vendor: Acme
  model: One
  class: charger
  confidence: low
  phases: 3
  tcp: { port: 502 }
  serial: { baud: 19200, format: 8E1 }
  unit: 7
  identity: { fc: 3, register: 5, type: text, registers: 4, expect: ACME-1 }
  quantities:
    voltage_l1: { fc: 3, register: 10, type: u16, unit: V, min: 0, max: 400 }
    current_l1: { fc: 3, register: 11, type: u16, scale: 0.1, unit: A, min: 0, max: 100 }
  control:
    semantics: cap
    per: phase
    limit: { fc: 6, register: 20, type: u16, scale: 0.1, unit: A }
    min: 6
    max: 32
    step: 0.1
    pause: zero
    read_back: { fc: 3, register: 20, type: u16, scale: 0.1, unit: A }
    watchdog: none
source:
  - { path: nowhere }
vectors:
  - name: sixteen
    holding: { 5: [0x4143, 0x4D45, 0x2D31, 0], 10: [230, 160], 20: [0] }
    expect: { voltage_l1: 230, current_l1: 16 }
  - name: a limit
    limit_a: 13.37
    writes: [{ fc: 6, register: 20, words: [133] }]
  - name: a pause
    limit_a: 2
    writes: [{ fc: 6, register: 20, words: [0] }]
)";

inline std::string with(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

}  // namespace balans::cli
