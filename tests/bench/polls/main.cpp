// balans_polls [PAGE]: how many requests a poll of each shipped device takes, and the fewest possible; as a table
// between the markers of PAGE, or printed.
#include <fmt/format.h>

#include <iostream>

#include "cli/catalogue.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/image.hpp"
#include "common/registers/read_plan.hpp"
#include "tests/bench/markers.hpp"
#include "tests/bench/polls/fewest_requests.hpp"

namespace balans::bench {
namespace {

struct Totals {
  std::size_t files = 0, registers = 0, requests = 0, fewest = 0;
};

std::string row(const DeviceDescription& described, Totals& totals) {
  const DeviceDescription device = RegisterImage(described).description();  // its models have places there
  const std::vector<RegisterSpan> wanted = poll_spans(device);
  const std::size_t registers = registers_in(wanted), requests = plan_reads(wanted, device.requests).size(),
                    fewest = fewest_requests(wanted, device.requests);
  totals = {totals.files + 1, totals.registers + registers, totals.requests + requests, totals.fewest + fewest};
  return fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", device.name, registers, device.requests.max_registers,
                     device.requests.max_gap, requests, fewest);
}

std::string table(const cli::Catalogue& catalogue) {
  std::string rows;
  Totals totals;
  for (const DeviceFile& file : catalogue.files) rows += row(file.description, totals);
  return fmt::format(
      "All {} files: {} registers, {} requests, at least {}.\n\n"
      "| file | registers | most in one request | gap | requests | fewest possible |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: |\n{}",
      totals.files, totals.registers, totals.requests, totals.fewest, rows);
}

}  // namespace
}  // namespace balans::bench

int main(int argc, char** argv) {
  const auto folder = balans::cli::devices_folder(std::nullopt);
  if (!folder) return std::cerr << folder.error().message() << "\n", 1;
  const auto catalogue = balans::cli::load_catalogue(*folder);
  if (!catalogue) return std::cerr << catalogue.error().message() << "\n", 1;
  for (const balans::Error& refused : catalogue->refused) std::cerr << refused.message() << "\n";
  const std::string text = balans::bench::table(*catalogue);
  if (argc > 1) return balans::bench::write_between_markers(argv[1], "polls", text) ? 0 : 1;
  std::cout << text;
  return 0;
}
