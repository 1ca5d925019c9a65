#include "trafo/shell/thermometer.hpp"

#include <charconv>
#include <cmath>

#include "common/io/runtime/files.hpp"
#include "trafo/shell/rest.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr double kColdest = -60;  // °C; outside these it is broken, not the weather
constexpr double kWarmest = 80;

Result<AmbientReading> read(const ThermometerSettings& settings, BootTime taken) {
  const auto text = read_small_file(settings.file, kMaxBytes);
  if (!text) return text.error();
  const auto value = parse_temperature(*text, settings.scale);
  if (!value) return value.error().within(settings.file.string());
  return AmbientReading{*value, taken};
}

}  // namespace

Result<MilliCelsius> parse_temperature(std::string_view text, double scale) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size())
    return Error{"", "'" + std::string(text.substr(0, 40)) + "' is not a number"};
  const double celsius = number * scale;
  if (!(celsius >= kColdest && celsius <= kWarmest))
    return Error{"", std::string(text.substr(0, 40)) + " is not the temperature of air"};
  return MilliCelsius(static_cast<std::int64_t>(std::ceil(celsius * 1000)));
}

Thermometer::Thermometer(ThermometerSettings settings, const Clock& clock,
                         std::function<void(Result<AmbientReading>)> on_reading)
    : settings_(std::move(settings)), clock_(clock), on_reading_(std::move(on_reading)) {
  post_reading();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Thermometer::post_reading() { on_reading_(read(settings_, clock_.boot())); }

void Thermometer::run(const std::stop_token& stop) {
  rest(stop, clock_.wall(kEvery));
  while (!stop.stop_requested()) {
    post_reading();
    rest(stop, clock_.wall(kEvery));
  }
}

}  // namespace balans
