#include "tests/bench/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace balans::bench {
namespace {

constexpr std::array<std::int64_t, 7> kSizes{10, 64, 100, 200, 1'000, 10'000, 100'000};
constexpr std::array<std::pair<const char*, const char*>, 4> kStreets{
    {{"calm", "calm"},
     {"calm_carried", "calm, turns carried"},
     {"congested", "congested"},
     {"congested_carried", "congested, turns carried"}}};

std::string with_thousands(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string time_text(double microseconds) {
  if (microseconds >= 1000) return fmt::format("{:.3g} ms", microseconds / 1000);
  if (microseconds < 1) return fmt::format("{:.3g} ns", microseconds * 1000);
  return fmt::format("{:.3g} µs", microseconds);
}

std::string name_of_decision(const char* street, std::int64_t devices, int depth) {
  return fmt::format("decide/{}/{}/{}", street, devices, depth);
}

std::string name_of_plain(std::int64_t devices) { return fmt::format("plain_max_min/{}", devices); }

}  // namespace

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  benchmark::ConsoleReporter::ReportRuns(runs);
  for (const Run& run : runs) {
    const bool median = run.run_type == Run::RT_Aggregate && run.aggregate_name == "median";
    if (!median && run.repetitions > 1) continue;
    Measured& measured =
        measured_[run.run_name.function_name + (run.run_name.args.empty() ? "" : "/" + run.run_name.args)];
    measured.microseconds = run.GetAdjustedCPUTime() / benchmark::GetTimeUnitMultiplier(run.time_unit) * 1e6;
    const auto heap = run.counters.find("heap");
    measured.heap = heap == run.counters.end() ? 0 : heap->second.value;
  }
}

const TableReporter::Measured* TableReporter::found(const std::string& name) const {
  const auto found = measured_.find(name);
  return found == measured_.end() ? nullptr : &found->second;
}

std::string TableReporter::decisions() const {
  std::string text =
      "| devices | street | depth 1 | depth 2 | depth 3 | depth 4 | plain loop | slowest / plain | heap |\n"
      "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (std::int64_t devices : kSizes)
    for (const auto& [street, words] : kStreets) {
      const Measured* plain = found(name_of_plain(devices));
      double slowest = 0, heap = 0;
      text += fmt::format("| {} | {} |", with_thousands(devices), words);
      for (int depth = 1; depth <= 4; ++depth) {
        const Measured* one = found(name_of_decision(street, devices, depth));
        text += one == nullptr ? " – |" : " " + time_text(one->microseconds) + " |";
        if (one != nullptr) slowest = std::max(slowest, one->microseconds), heap = std::max(heap, one->heap);
      }
      text += plain == nullptr
                  ? " – | – |"
                  : fmt::format(" {} | {:.1f} |", time_text(plain->microseconds), slowest / plain->microseconds);
      text += fmt::format(" {:.3g} |\n", heap);
    }
  return text;
}

double TableReporter::slowest(std::int64_t devices) const {
  double slowest = 0;
  for (const auto& [street, words] : kStreets)
    for (int depth = 1; depth <= 4; ++depth)
      if (const Measured* one = found(name_of_decision(street, devices, depth)))
        slowest = std::max(slowest, one->microseconds);
  return slowest;
}

std::string TableReporter::goals() const {
  constexpr std::array<std::pair<std::int64_t, double>, 4> kGoals{{{10, 3}, {64, 12}, {1'000, 250}, {100'000, 80'000}}};
  std::string text = "| devices | goal | slowest measured | |\n| ---: | ---: | ---: | --- |\n";
  for (const auto& [devices, goal] : kGoals)
    text += fmt::format("| {} | {} | {} | {} |\n", with_thousands(devices), time_text(goal),
                        time_text(slowest(devices)), slowest(devices) <= goal ? "reached" : "missed");
  return text;
}

std::string TableReporter::ratings() const {
  constexpr std::array<std::pair<const char*, const char*>, 3> kParts{
      {{"rating_step", "one step of the thermal model, three phases"},
       {"rating_search", "one search for the capacity"},
       {"rating_tick", "one tick of the rating, a search in every tenth at most"}}};
  std::string text = "| thermal rating | time | heap |\n| --- | ---: | ---: |\n";
  for (const auto& [name, words] : kParts)
    if (const Measured* one = found(name))
      text += fmt::format("| {} | {} | {:.3g} |\n", words, time_text(one->microseconds), one->heap);
  return text;
}

std::string TableReporter::markdown() const {
  const benchmark::CPUInfo& cpu = benchmark::CPUInfo::Get();
  std::ifstream info("/proc/cpuinfo");
  std::string model = "unknown processor";
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  return fmt::format("Measured on: {}, {} cores, {}, Release.\n\n", model, cpu.num_cpus, BALANS_COMPILER) + goals() +
         "\n" + decisions() + "\n" + ratings();
}

}  // namespace balans::bench
