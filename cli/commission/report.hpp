#pragma once
// What is left with the customer: a page to print, and the same for programs.

#include <filesystem>
#include <string>

#include "cli/commission/measure.hpp"
#include "cli/finding.hpp"

namespace balans::cli {

struct CommissioningReport {
  CommissionedDevice device;
  std::string meter;  ///< empty: none
  UnixTime at;
  std::string version;  ///< of Balans
  Measures measures;
  Findings findings;
};

std::string report_text(const CommissioningReport& report);
std::string report_json(const CommissioningReport& report);

/// NAME-2026-07-28.json and .txt in `folder`; another one of the same day gets a number. Gives the JSON file.
Result<std::filesystem::path> save_report(const CommissioningReport& report, const std::filesystem::path& folder);

std::string shown_date(UnixTime at);  ///< "2026-07-28", UTC

}  // namespace balans::cli
