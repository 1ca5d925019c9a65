#include "tests/bench/quality/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace balans::bench {
namespace {

constexpr double kWidth = 720, kHeight = 400, kLeft = 64, kRight = 150, kTop = 40, kBottom = 56;

/// Told apart by colour, by dash and by shape, so that neither is needed to read a plot. None is near white or black.
struct Look {
  const char* colour;
  const char* dash;
};
constexpr std::array<Look, 8> kLooks{{{"#e4572e", ""},
                                      {"#8a8f98", "2 4"},
                                      {"#2a9d8f", "8 4"},
                                      {"#b07aa1", "8 3 2 3"},
                                      {"#d4a017", "4 3"},
                                      {"#4f8fd9", "6 3"},
                                      {"#7a6ff0", "3 3"},
                                      {"#5aa02c", "1 3"}}};

double across(const Plot& plot, double x) {
  return kLeft + (x - plot.x.from) / (plot.x.to - plot.x.from) * (kWidth - kLeft - kRight);
}
double down(const Plot& plot, double y) {
  return kHeight - kBottom - (y - plot.y.from) / (plot.y.to - plot.y.from) * (kHeight - kTop - kBottom);
}

std::string mark(std::size_t shape, double x, double y) {
  switch (shape % 4) {
    case 0:
      return fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='4'/>", x, y);
    case 1:
      return fmt::format("<rect x='{:.1f}' y='{:.1f}' width='7' height='7'/>", x - 3.5, y - 3.5);
    case 2:
      return fmt::format("<path d='M{:.1f} {:.1f}l4.5 8h-9z'/>", x, y - 5);
    default:
      return fmt::format("<path d='M{:.1f} {:.1f}l5 5l-5 5l-5 -5z'/>", x, y - 5);
  }
}

std::string text(double x, double y, const char* anchor, const std::string& words, const std::string& more = "") {
  return fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='{}'{}>{}</text>\n", x, y, anchor, more, words);
}

std::string axes(const Plot& plot) {
  const double bottom = kHeight - kBottom, right = kWidth - kRight;
  std::string svg;
  for (const auto& [value, words] : plot.y.ticks) {
    const double y = down(plot, value);
    svg += fmt::format("<line class='grid' x1='{}' x2='{}' y1='{:.1f}' y2='{:.1f}'/>\n", kLeft, right, y, y);
    svg += text(kLeft - 8, y + 4, "end", words);
  }
  for (const auto& [value, words] : plot.x.ticks) {
    const double x = across(plot, value);
    svg += fmt::format("<line class='grid' x1='{:.1f}' x2='{:.1f}' y1='{}' y2='{}'/>\n", x, x, kTop, bottom);
    svg += text(x, bottom + 18, "middle", words);
  }
  svg += text(kLeft, 24, "start", plot.title, " class='title'");
  svg += text((kLeft + right) / 2, kHeight - 14, "middle", plot.x.title);
  const double middle = (kTop + bottom) / 2;
  return svg + text(16, middle, "middle", plot.y.title, fmt::format(" transform='rotate(-90 16 {:.1f})'", middle));
}

std::string drawn(const Plot& plot, std::size_t index) {
  const Series& series = plot.series[index];
  const Look& look = kLooks[index % kLooks.size()];
  std::string svg = fmt::format("<g fill='{}' stroke='none'>\n", look.colour);
  if (plot.marks == Marks::LinesAndPoints) {
    svg += fmt::format("<polyline fill='none' stroke='{}' stroke-width='{}' stroke-dasharray='{}' points='",
                       look.colour, index == 0 ? 3 : 2, look.dash);
    for (const Point& point : series.points)
      svg += fmt::format("{:.1f},{:.1f} ", across(plot, point.x), down(plot, point.y));
    svg += "'/>\n";
  }
  for (const Point& point : series.points) svg += mark(index, across(plot, point.x), down(plot, point.y));
  const double x = kWidth - kRight + 20, y = kTop + 12 + 22 * static_cast<double>(index);
  svg += "\n" + mark(index, x, y) + "</g>\n";
  return svg + text(x + 12, y + 4, "start", series.name, index == 0 ? " font-weight='bold'" : "");
}

}  // namespace

std::string to_svg(const Plot& plot) {
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0} {1}' width='{0}' height='{1}' role='img'>\n"
      "<title>{2}</title>\n"
      "<style>text{{font:12px system-ui,sans-serif;fill:#333}}.title{{font-size:15px;font-weight:600}}"
      ".grid{{stroke:#888;stroke-opacity:.3}}"
      "@media(prefers-color-scheme:dark){{text{{fill:#ddd}}}}</style>\n",
      kWidth, kHeight, plot.title);
  svg += axes(plot);
  // The first series is what it is all about: it lies on top.
  for (std::size_t i = plot.series.size(); i-- > 0;) svg += drawn(plot, i);
  return svg + "</svg>\n";
}

Axis axis_for(const std::string& title, const std::vector<double>& values, const std::string& suffix) {
  const auto [low, high] = std::ranges::minmax(values);
  const double range = std::max(high - low, 1e-3);
  const double decade = std::pow(10, std::floor(std::log10(range)));
  double step = decade;
  for (double part : {0.5, 0.2, 0.1})
    if (range / step < 3) step = decade * part;
  Axis axis{title, std::floor(low / step) * step, std::ceil(high / step) * step, {}};
  if (axis.to <= axis.from) axis.to = axis.from + step;
  for (double tick = axis.from; tick <= axis.to + step / 2; tick += step)
    axis.ticks.emplace_back(tick, fmt::format("{:.3g}{}", tick, suffix));
  return axis;
}

}  // namespace balans::bench
