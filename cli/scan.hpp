#pragma once
// Looks for devices on a serial line and on hosts that are named. Only reads.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli/recognise.hpp"
#include "common/io/modbus/client.hpp"

namespace balans::cli {

struct ScanOptions {
  std::vector<ModbusTcpEndpoint> hosts;
  std::vector<std::string> lines;          ///< serial devices
  std::vector<SerialFormat> formats;       ///< what is tried on a line, in this order
  std::vector<std::uint8_t> units;         ///< empty: those that device files name, 1 … 10 on a line
  std::chrono::milliseconds timeout{200};  ///< for each answer
  enum class Formats : std::uint8_t { UntilOneAnswers, All } settings = Formats::UntilOneAnswers;
};

struct FoundUnit {
  ModbusEndpoint endpoint;
  std::vector<std::uint8_t> units;  ///< several: they answer alike
  Recognition recognition;
  bool complete = true;  ///< it answered often enough for all files to be tried
};

struct ScanResult {
  std::vector<FoundUnit> found;
  std::vector<Error> unreachable;
};

/// Baud rates and formats to try: those that device files name, commonest first, then other common ones.
std::vector<SerialFormat> usual_formats(const Catalogue& catalogue);
std::vector<std::uint8_t> usual_units(const Catalogue& catalogue, bool on_a_line);

/// `say` is told what is being tried.
ScanResult scan(const ScanOptions& options, const Catalogue& catalogue,
                const std::function<void(const std::string&)>& say);

std::string words_of(const ModbusEndpoint& endpoint);

}  // namespace balans::cli
