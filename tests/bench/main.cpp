// balans_bench [--table=FILE] [options of Google Benchmark]: measures, and writes the tables between the markers of
// FILE.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/markers.hpp"
#include "tests/bench/table.hpp"

int main(int argc, char** argv) {
  constexpr std::string_view kTable = "--table=";
  std::string table;
  std::vector<char*> others;
  for (char* argument : std::vector<char*>(argv, argv + argc)) {
    if (std::string_view(argument).starts_with(kTable)) {
      table = argument + kTable.size();
    } else {
      others.push_back(argument);
    }
  }
  int count = static_cast<int>(others.size());
  benchmark::Initialize(&count, others.data());
  if (benchmark::ReportUnrecognizedArguments(count, others.data())) return 2;
  balans::bench::TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  if (table.empty()) return 0;
  return balans::bench::write_between_markers(table, "measured", reporter.markdown()) ? 0 : 1;
}
