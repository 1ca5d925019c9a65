#include "tests/bench/quality/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>

#include "sim/data/local_time.hpp"
#include "tests/bench/quality/svg.hpp"

namespace balans::bench {
namespace {

using runs::kPolicies;
using runs::Policy;
using runs::RunResult;

constexpr std::array<int, 3> kLengths{1, 2, 4};

using Cases = std::vector<const CaseResult*>;
using Figure = std::function<double(const CaseResult&)>;

Cases chosen(const std::vector<CaseResult>& results, int weeks, Shortage shortage) {
  Cases cases;
  for (const CaseResult& result : results)
    if (result.what.weeks.weeks == weeks && result.what.shortage == shortage) cases.push_back(&result);
  return cases;
}

double mean(const Cases& cases, const Figure& figure) {
  double sum = 0;
  for (const CaseResult* one : cases) sum += figure(*one);
  return sum / static_cast<double>(cases.size());
}
double least(const Cases& cases, const Figure& figure) {
  double value = figure(*cases.front());
  for (const CaseResult* one : cases) value = std::min(value, figure(*one));
  return value;
}
double most(const Cases& cases, const Figure& figure) {
  return -least(cases, [&](const CaseResult& one) { return -figure(one); });
}

/// A figure of one run.
Figure of(Policy policy, double RunResult::*member, double times = 1) {
  return [=](const CaseResult& result) { return times * (result.by(policy).*member); };
}
Figure minutes_a_day(Policy policy, std::int64_t RunResult::*member) {
  return [=](const CaseResult& result) {
    const RunResult& run = result.by(policy);
    return static_cast<double>(run.*member) / 60 / run.options.days;
  };
}
Figure energy_of(Policy policy) {
  return [=](const CaseResult& result) { return 100 * result.energy_share(policy); };
}
/// Days of life for each day of the run.
Figure ageing_of(Policy policy) {
  return [=](const CaseResult& result) {
    const RunResult& run = result.by(policy);
    return run.loss_of_life_hours / 24 / run.options.days;
  };
}

std::string policy_row(const Cases& cases, Policy policy) {
  const auto met = of(policy, &RunResult::demands_met, 100), jain = of(policy, &RunResult::jain),
             stops = of(policy, &RunResult::stops_per_session);
  std::string row = fmt::format("| {} | {:.1f} ({:.1f}) | {:.1f} ({:.1f}) | {:.3f} ({:.3f}) |", name_of(policy),
                                mean(cases, energy_of(policy)), least(cases, energy_of(policy)), mean(cases, met),
                                least(cases, met), mean(cases, jain), least(cases, jain));
  if (policy == Policy::Oracle)
    return row + fmt::format(" – | – | – | – | {:.0f} | {:.2g} | – |\n",
                             most(cases, of(policy, &RunResult::hot_spot_peak_c)), mean(cases, ageing_of(policy)));
  row += fmt::format(" {:.2f} ({:.2f}) | {:.2f} | {:.1f} | {:.0f} | {:.0f} | {:.2g} |", mean(cases, stops),
                     most(cases, stops), mean(cases, minutes_a_day(policy, &RunResult::overload_seconds)),
                     mean(cases, minutes_a_day(policy, &RunResult::base_overload_seconds)),
                     most(cases, of(policy, &RunResult::worst_overload_percent)),
                     most(cases, of(policy, &RunResult::hot_spot_peak_c)), mean(cases, ageing_of(policy)));
  if (policy != Policy::Balans) return row + " – |\n";
  return row + fmt::format(" {:.0f} ({:.0f}) |\n", mean(cases, of(policy, &RunResult::decision_mean_us)),
                           most(cases, of(policy, &RunResult::decision_max_us)));
}

std::string policy_table(const std::vector<CaseResult>& results, int weeks, Shortage shortage) {
  const Cases cases = chosen(results, weeks, shortage);
  if (cases.empty()) return "";
  std::string text = fmt::format(
      "**{} week{}, {}** ({}; {} sites)\n\n"
      "| policy | energy, % of clairvoyant | demands met, % | Jain | stops a session | overload, min/day | base alone, "
      "min/day | worst overload, % | hot-spot, °C | days aged a day | decision, µs |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
      weeks, weeks == 1 ? "" : "s", name_of(shortage), meaning_of(shortage), cases.size());
  for (Policy policy : kPolicies) text += policy_row(cases, policy);
  return text + "\n";
}

/// The sites, and how large the transformers are at each shortage.
std::string case_table(const std::vector<CaseResult>& results) {
  std::string text = "| site | weeks | tick | from | drivers (= households) | sessions | kWh asked for |";
  std::string rule = "\n| --- | ---: | ---: | --- | ---: | ---: | ---: |";
  for (Shortage shortage : kShortages) text += fmt::format(" {} |", name_of(shortage)), rule += " ---: |";
  text += rule + "\n";
  for (std::size_t i = 0; i < results.size();) {
    const Weeks& weeks = results[i].what.weeks;
    std::array<std::string, kShortages.size()> kva;
    kva.fill("–");
    const RunResult& run = results[i].by(Policy::Oracle);
    text += fmt::format("| {} | {} | {} s | {} | {} | {} | {:.0f} |", weeks.site, weeks.weeks,
                        run.options.tick.count() / 1000, sim::to_text(weeks.start).substr(0, 10), run.cars,
                        run.sessions, run.requested_kwh);
    for (; i < results.size() && results[i].what.weeks.site == weeks.site && results[i].what.weeks.weeks == weeks.weeks;
         ++i)
      kva[static_cast<std::size_t>(results[i].what.shortage)] =
          fmt::format("{} kVA", results[i].what.transformer.count() / 1000);
    for (const std::string& one : kva) text += " " + one + " |";
    text += "\n";
  }
  return text + "\n";
}

std::string held(const Claim& claim) {
  return fmt::format("{} of {}", claim.cases - claim.failures.size(), claim.cases);
}

std::string claim_table(const std::vector<CaseResult>& results) {
  const std::vector<Claim> claims = judge(results), together = judge(pooled(results));
  std::string text =
      "| claim | holds in so many cases | and, all sites together, at so many ratings |\n| --- | ---: | ---: |\n";
  for (std::size_t i = 0; i < claims.size(); ++i)
    text += fmt::format("| {} | {} | {} |\n", claims[i].text, held(claims[i]), held(together[i]));
  text += "\nWhere they do not hold:\n\n";
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (claims[i].failures.empty() && together[i].failures.empty()) continue;
    text += fmt::format("<details><summary>{}</summary>\n\n", claims[i].text);
    for (const Claim* claim : {&together[i], &claims[i]})
      for (const Failure& failure : claim->failures) text += fmt::format("- {}: {}\n", failure.where, failure.figure);
    text += "\n</details>\n";
  }
  return text + "\n";
}

/// One line for each policy over the shortages of one week.
Plot over_shortages(const std::vector<CaseResult>& results, const std::string& title, const std::string& unit,
                    const std::vector<Policy>& policies, const std::function<Figure(Policy)>& figure) {
  Plot plot;
  plot.title = title;
  std::vector<double> values;
  for (Policy policy : policies) {
    Series series{std::string(name_of(policy)), {}};
    for (std::size_t i = 0; i < kShortages.size(); ++i) {
      const Cases cases = chosen(results, 1, kShortages[i]);
      if (cases.empty()) continue;
      series.points.push_back({static_cast<double>(i), mean(cases, figure(policy))});
      values.push_back(series.points.back().y);
    }
    plot.series.push_back(std::move(series));
  }
  plot.x = {"how short of power", -0.25, static_cast<double>(kShortages.size()) - 0.75, {}};
  for (std::size_t i = 0; i < kShortages.size(); ++i)
    plot.x.ticks.emplace_back(static_cast<double>(i), std::string(name_of(kShortages[i])));
  plot.y = axis_for(title, values, unit);
  return plot;
}

/// Every point is the mean of all sites at one shortage.
Plot pareto(const std::vector<CaseResult>& results, const std::vector<Policy>& policies) {
  Plot plot{"Demands met and Jain's index: one point a shortage", {}, {}, Marks::LinesAndPoints, {}};
  std::vector<double> xs, ys;
  for (Policy policy : policies) {
    Series series{std::string(name_of(policy)), {}};
    for (Shortage shortage : kShortages) {
      const Cases cases = chosen(results, 1, shortage);
      if (cases.empty()) continue;
      series.points.push_back(
          {mean(cases, of(policy, &RunResult::demands_met, 100)), mean(cases, of(policy, &RunResult::jain))});
      xs.push_back(series.points.back().x), ys.push_back(series.points.back().y);
    }
    plot.series.push_back(std::move(series));
  }
  plot.x = axis_for("demands met", xs, " %");
  plot.y = axis_for("Jain's index", ys, "");
  return plot;
}

bool write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  if (out.flush()) return true;
  std::cerr << file.string() << ": cannot be written\n";
  return false;
}

}  // namespace

std::string markdown(const std::vector<CaseResult>& results) {
  double seconds = 0;
  for (const CaseResult& result : results)
    for (const RunResult& run : result.of) seconds += run.wall_seconds;
  std::string text = fmt::format("{} half of each site's days; {} cases, {} runs, {:.0f} minutes of computing.\n\n",
                                 results.front().what.weeks.half == Half::Late ? "The later" : "The earlier",
                                 results.size(), results.size() * kPolicies.size(), seconds / 60);
  text += claim_table(results);
  for (const char* plot : {"energy", "demands_met", "jain", "stops", "pareto"})
    text += fmt::format("![{0}](plots/{0}.svg)\n", plot);
  text += "\nIn each cell: the mean of the sites (the worst of them).\n\n";
  for (int weeks : kLengths)
    for (Shortage shortage : kShortages) text += policy_table(results, weeks, shortage);
  return text + "The cases:\n\n" + case_table(results);
}

std::string claims_text(const std::vector<CaseResult>& results) {
  std::string text;
  for (const std::vector<CaseResult>& cases : {pooled(results), results})
    for (const Claim& claim : judge(cases)) {
      text += fmt::format("{}: {}\n", claim.text, held(claim));
      for (const Failure& failure : claim.failures) text += fmt::format("    {}: {}\n", failure.where, failure.figure);
    }
  return text;
}

bool write_plots(const std::vector<CaseResult>& results, const std::filesystem::path& folder) {
  const std::vector<Policy> all(kPolicies.begin(), kPolicies.end() - 1);  // the clairvoyant is the measure
  std::vector<Policy> within_limit = rivals();
  within_limit.insert(within_limit.begin(), Policy::Balans);
  const auto met = [](Policy policy) { return of(policy, &RunResult::demands_met, 100); };
  const auto jain = [](Policy policy) { return of(policy, &RunResult::jain); };
  const auto stops = [](Policy policy) { return of(policy, &RunResult::stops_per_session); };
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::vector<std::pair<const char*, Plot>> plots{
      {"energy", over_shortages(results, "Energy, of what a clairvoyant delivers", " %", within_limit, energy_of)},
      {"demands_met", over_shortages(results, "Demands met", " %", within_limit, met)},
      {"jain", over_shortages(results, "Jain's index", "", within_limit, jain)},
      {"stops", over_shortages(results, "Stops a session", "", within_limit, stops)},
      {"pareto", pareto(results, within_limit)}};
  return std::ranges::all_of(plots, [&](const auto& named) {
    return write_text(folder / (std::string(named.first) + ".svg"), to_svg(named.second));
  });
}

}  // namespace balans::bench
