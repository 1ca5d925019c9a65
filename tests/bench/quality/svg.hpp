#pragma once
// Plots as SVG files that can be read on a light page and on a dark one.

#include <filesystem>
#include <string>
#include <vector>

namespace balans::bench {

struct Point {
  double x, y;
};

struct Series {
  std::string name;
  std::vector<Point> points;
};

enum class Marks : std::uint8_t { LinesAndPoints, Points };

struct Axis {
  std::string title;
  double from = 0, to = 1;
  std::vector<std::pair<double, std::string>> ticks;
};

struct Plot {
  std::string title;
  Axis x, y;
  Marks marks = Marks::LinesAndPoints;
  std::vector<Series> series;  ///< at most eight
};

std::string to_svg(const Plot& plot);

/// An axis that holds all values, with a few round ticks. `suffix` follows each number.
Axis axis_for(const std::string& title, const std::vector<double>& values, const std::string& suffix);

}  // namespace balans::bench
