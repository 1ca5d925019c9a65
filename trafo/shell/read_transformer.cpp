// The transformer of site.yaml: name plate, heat, air.

#include <algorithm>

#include "trafo/shell/site_sections.hpp"

namespace balans {
namespace {

constexpr std::int64_t kColdest = -50'000;  // thousandths of a degree; what a setting may say
constexpr std::int64_t kWarmest = 60'000;

std::int64_t thousandths(double value) { return static_cast<std::int64_t>(value * 1000 + (value < 0 ? -0.5 : 0.5)); }

std::optional<MilliCelsius> celsius(const config::OptionalValue& value, std::int64_t least, std::int64_t most) {
  const auto read = value.thousandths(least, most);
  return read ? std::optional(MilliCelsius(*read)) : std::nullopt;
}

ThermalParameters read_parameters(const config::Section& thermal) {
  ThermalParameters parameters =
      parameters_of(thermal.optional("set")
                        .choice<ThermalSet>({{"distribution-onan", ThermalSet::DistributionOnan},
                                             {"power-onan", ThermalSet::PowerOnan},
                                             {"power-onaf", ThermalSet::PowerOnaf}})
                        .value_or(ThermalSet::DistributionOnan));
  for (const ThermalField& field : kThermalFields)
    if (const auto value = thermal.optional(field.name).thousandths(thousandths(field.min), thousandths(field.max)))
      parameters.*field.member = static_cast<double>(*value) / 1000;
  parameters.surcharge_to =
      thermal.optional("surcharge_to")
          .choice<SurchargeTo>({{"oil-rise", SurchargeTo::OilRise}, {"ambient", SurchargeTo::Ambient}})
          .value_or(parameters.surcharge_to);
  parameters.paper = thermal.optional("paper")
                         .choice<Paper>({{"normal", Paper::Normal}, {"upgraded", Paper::Upgraded}})
                         .value_or(parameters.paper);
  return parameters;
}

/// `least` is what the limits may not be below: those of normal operation for an emergency.
void read_limits(const config::Section& thermal, std::string_view key, const LoadingLimits& least,
                 LoadingLimits& limits) {
  const auto section = thermal.optional_section(key);
  if (!section) return;
  limits.hot_spot = celsius(section->optional("hot_spot_c"), least.hot_spot.count(), 160'000).value_or(limits.hot_spot);
  limits.top_oil = celsius(section->optional("top_oil_c"), least.top_oil.count(), 130'000).value_or(limits.top_oil);
  limits.max_percent = section->optional("max_percent").integer(least.max_percent, 200).value_or(limits.max_percent);
}

void read_thermal(const config::Section& thermal, RatingSettings& settings) {
  settings.thermal = read_parameters(thermal);
  read_limits(thermal, "normal", {MilliCelsius(60'000), MilliCelsius(50'000), 50}, settings.normal);
  read_limits(thermal, "emergency", settings.normal, settings.emergency);
  settings.look_ahead = thermal.optional("look_ahead_min").minutes(1_min, 240_min).value_or(settings.look_ahead);
  settings.budget_percent = thermal.optional("life_budget_percent").integer(1, 1000).value_or(settings.budget_percent);
}

CurrentRatings read_ratings(const config::Section& section) {
  const auto rating = [&](std::string_view key) { return section.optional(key).amps(1_A, 10'000_A); };
  return {rating("fuse_a"), rating("cable_a"), rating("bushing_a"), rating("ct_a")};
}

std::optional<HourlyAmbient> read_profile(const config::OptionalValue& value) {
  HourlyAmbient hours{};
  const auto values = value.thousandths_list({hours.size(), hours.size()}, kColdest, kWarmest);
  if (!values) return std::nullopt;
  std::transform(values->begin(), values->end(), hours.begin(), [](std::int64_t each) { return MilliCelsius(each); });
  return hours;
}

void read_months(const config::Section& section, AmbientSettings& ambient) {
  const std::vector<config::Section> months = section.optional_list("months", ambient.months.size());
  if (!months.empty() && months.size() != ambient.months.size())
    section.refuse("months has " + std::to_string(months.size()) + " entries; expected 12, January first");
  bool all_have_profiles = !months.empty();
  for (std::size_t m = 0; m < months.size(); ++m) {
    MonthAmbient& month = ambient.months[m];
    month.design_max = MilliCelsius(months[m].required("design_max_c").thousandths(kColdest, kWarmest));
    month.min = MilliCelsius(months[m].required("min_c").thousandths(kColdest, month.design_max.count()));
    const auto profile = read_profile(months[m].optional("profile_c"));
    all_have_profiles = all_have_profiles && profile;
    if (profile) ambient.profile[m] = *profile;
  }
  if (ambient.source == AmbientSource::Profile && !section.has("profile_c") && !all_have_profiles)
    section.refuse("source: profile needs profile_c, here or in each of the months");
}

std::optional<ThermometerSettings> read_thermometer(const config::Section& section, AmbientSource source) {
  const config::OptionalValue file = section.optional("file");
  const auto scale = section.optional("file_scale").thousandths(1, 1'000'000);
  if (source != AmbientSource::Sensor) {
    file.refuse("is for source: sensor");
    return std::nullopt;
  }
  if (!file.present()) section.refuse("source: sensor needs file");
  const auto path = file.path();
  if (!path) return std::nullopt;
  return ThermometerSettings{*path, static_cast<double>(scale.value_or(1000)) / 1000};
}

void read_ambient(const config::Section& section, AmbientSettings& ambient, SiteFile& file) {
  ambient.source = section.optional("source")
                       .choice<AmbientSource>({{"design-max", AmbientSource::DesignMax},
                                               {"profile", AmbientSource::Profile},
                                               {"sensor", AmbientSource::Sensor}})
                       .value_or(ambient.source);
  if (const auto profile = read_profile(section.optional("profile_c"))) ambient.profile.fill(*profile);
  read_months(section, ambient);
  ambient.stale = section.optional("stale_min").minutes(1_min, 24 * 60_min).value_or(ambient.stale);
  file.thermometer = read_thermometer(section, ambient.source);
}

void read_schedule(const config::Section& transformer, RatingSettings& settings) {
  for (const config::Section& row : transformer.optional_list("schedule_rating", kMaxScheduleRows)) {
    const DaySpan span = read_day_span(row);
    settings.schedule.push_back(
        {span.months, span.from_minute, span.to_minute, row.required("percent").integer(0, 200)});
  }
  const bool wanted = settings.mode == RatingMode::Schedule;
  if (wanted && settings.schedule.empty()) transformer.refuse("rating: schedule needs rows in schedule_rating");
  if (!wanted) transformer.optional("schedule_rating").refuse("is for rating: schedule");
}

/// What is left to find once each value is within its bounds.
void plan(const config::Section& transformer, const RatingSettings& settings, Site& site) {
  const std::string path = "transformer";
  const auto planned = plan_rating(settings, path);
  if (planned) {
    site.rating = *planned;
    return;
  }
  const Error& error = planned.error();
  transformer.refuse(error.where.substr(std::min(error.where.size(), path.size() + 1)) + ": " + error.what);
}

void read_rating(const config::Section& section, SiteFile& file) {
  RatingSettings settings;
  settings.mode = section.required("rating").choice<RatingMode>(
      {{"static", RatingMode::Static}, {"dynamic", RatingMode::Dynamic}, {"schedule", RatingMode::Schedule}});
  settings.rated = static_rating(file.site)[Phase::L1];
  const auto thermal = section.optional_section("thermal");
  const auto ratings = section.optional_section("ratings");
  const auto ambient = section.optional_section("ambient");
  if (thermal) read_thermal(*thermal, settings);
  if (ratings) settings.ratings = read_ratings(*ratings);
  if (ambient) read_ambient(*ambient, settings.ambient, file);
  read_schedule(section, settings);
  if (settings.mode == RatingMode::Static && !thermal && !ratings && !ambient) return;
  plan(section, settings, file.site);
}

}  // namespace

void read_transformer(const config::Section& section, SiteFile& file) {
  Site& site = file.site;
  Node& node = site.nodes.front();
  site.rated = section.required("rated_kva").kva(1_kVA, 5000_kVA);
  site.margin_percent = section.optional("margin_percent").integer(0, 50).value_or(site.margin_percent);
  node.design_peak_base = PerPhase<Milliamps>::all(section.required("design_peak_base_a").amps(0_A, kMostAmps));
  node.max_feed = section.optional("max_feed_a").amps(0_A, kMostAmps);
  node.design_peak_feed = section.optional("design_peak_feed_a").amps(0_A, kMostAmps);
  node.max_neutral = section.optional("max_neutral_a").amps(1_A, kMostAmps);
  site.feeds_back = section.optional("feeds_back").boolean().value_or(false);
  read_rating(section, file);
}

}  // namespace balans
