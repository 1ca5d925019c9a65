// The transformer of site.yaml: heat, air, ratings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trafo/shell/site_text.hpp"

namespace balans {
namespace {

using test::SiteText;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string problem_of(const std::string& rating, const std::string& lines) {
  return SiteText{rating, lines, "", ""}.problem();
}

RatingSettings settings_of(const std::string& rating, const std::string& lines) {
  const auto file = SiteText{rating, lines, "", ""}.load();
  EXPECT_TRUE(file) << file.error().message();
  EXPECT_TRUE(file && file->site.rating);
  return file && file->site.rating ? file->site.rating->settings : RatingSettings{};
}

/// Twelve months, of which `seventh` is the July.
std::string months(const std::string& seventh) {
  std::string text = "    months:\n";
  for (int m = 1; m <= 12; ++m)
    text += m == 7 ? "      - { " + seventh + " }\n" : "      - { min_c: -5, design_max_c: 30.5 }\n";
  return text;
}

std::string hours(int count, const std::string& last) {
  std::string text = "[";
  for (int h = 1; h < count; ++h) text += "18, ";
  return text + last + "]";
}

TEST(SiteRating, ANamePlateAloneNeedsNoModel) { EXPECT_FALSE(SiteText{}.load()->site.rating); }

TEST(SiteRating, AStaticRatingWithAThermalSectionStillShowsItsHeat) {
  const RatingSettings settings = settings_of("static", "  thermal: { set: power-onaf }\n");
  EXPECT_EQ(settings.mode, RatingMode::Static);
  EXPECT_EQ(settings.rated, 362'318_mA) << "250 kVA / 3 / 230 V";
  EXPECT_EQ(settings.thermal.oil_rise_k, parameters_of(ThermalSet::PowerOnaf).oil_rise_k);
}

TEST(SiteRating, EveryThermalParameterCanBeReplaced) {
  for (const ThermalField& field : kThermalFields) {
    if (field.name == "k22" || field.name == "tau_w_min" || field.name == "tau_o_min") continue;  // bound to each other
    const std::string value = std::to_string(static_cast<std::int64_t>(field.max));
    const RatingSettings settings =
        settings_of("dynamic", "  thermal: { " + std::string(field.name) + ": " + value + " }\n");
    EXPECT_EQ(settings.thermal.*field.member, std::stod(value)) << field.name;
  }
  EXPECT_EQ(settings_of("dynamic", "  thermal: { tau_o_min: 150, x: 0.85 }\n").thermal.x, 0.85);
}

TEST(SiteRating, AThermalParameterOutOfItsBoundsIsRefusedWithThem) {
  EXPECT_EQ(problem_of("dynamic", "  thermal: { tau_o_min: 5 }\n"),
            "site.yaml:11:14 transformer.thermal.tau_o_min: 5 is outside 10..1000");
  EXPECT_THAT(problem_of("dynamic", "  thermal: { tau_o_s: 150 }\n"), HasSubstr("tau_o_min"));
  EXPECT_THAT(problem_of("dynamic", "  thermal: { set: onan }\n"),
              HasSubstr("'onan' is not one of distribution-onan, power-onan, power-onaf"));
  EXPECT_THAT(problem_of("dynamic", "  thermal: { paper: kraft }\n"), HasSubstr("is not one of normal, upgraded"));
  EXPECT_THAT(problem_of("dynamic", "  thermal: { surcharge_to: oil }\n"), HasSubstr("oil-rise, ambient"));
}

TEST(SiteRating, ParametersThatMakeHeatFallWithCurrentAreRefused) {
  EXPECT_THAT(problem_of("dynamic", "  thermal: { tau_o_min: 10, tau_w_min: 60 }\n"),
              StartsWith("site.yaml:7:1 transformer: thermal.tau_w_min: k22 * tau_w_min is above"));
}

TEST(SiteRating, LimitsOfBothKindsOfOperationCanBeSet) {
  const RatingSettings settings =
      settings_of("dynamic",
                  "  thermal:\n    normal: { hot_spot_c: 110.5, top_oil_c: 95, max_percent: 130 }\n"
                  "    emergency: { max_percent: 140 }\n    look_ahead_min: 45\n    life_budget_percent: 50\n    "
                  "paper: upgraded\n");
  EXPECT_EQ(settings.normal.hot_spot, MilliCelsius(110'500));
  EXPECT_EQ(settings.normal.top_oil, MilliCelsius(95'000));
  EXPECT_EQ(settings.normal.max_percent, 130);
  EXPECT_EQ(settings.emergency.max_percent, 140);
  EXPECT_EQ(settings.emergency.hot_spot, kEmergency.hot_spot);
  EXPECT_EQ(settings.look_ahead, 45_min);
  EXPECT_EQ(settings.budget_percent, 50);
  EXPECT_EQ(settings.thermal.paper, Paper::Upgraded);
}

TEST(SiteRating, AnEmergencyIsNeverStricterThanNormalOperation) {
  EXPECT_THAT(problem_of("dynamic", "  thermal: { emergency: { hot_spot_c: 110 } }\n"),
              HasSubstr("transformer.thermal.emergency.hot_spot_c: 110 is outside 120..160"));
  EXPECT_THAT(problem_of("dynamic", "  thermal: { normal: { top_oil_c: 20 } }\n"),
              HasSubstr("transformer.thermal.normal.top_oil_c: 20 is outside 50..130"));
  EXPECT_THAT(problem_of("dynamic", "  thermal: { look_ahead_min: 0.5 }\n"), HasSubstr("0.5 is outside 1..240"));
  EXPECT_THAT(problem_of("dynamic", "  thermal: { life_budget_percent: 0 }\n"), HasSubstr("0 is outside 1..1000"));
}

TEST(SiteRating, WhatTheCurrentFlowsThroughIsTaken) {
  const RatingSettings settings =
      settings_of("static", "  ratings: { fuse_a: 400, cable_a: 300, bushing_a: 630, ct_a: 600 }\n");
  EXPECT_EQ(settings.ratings.fuse, std::optional(400_A));
  EXPECT_EQ(settings.ratings.cable, std::optional(300_A));
  EXPECT_EQ(settings.ratings.bushing, std::optional(630_A));
  EXPECT_EQ(settings.ratings.ct, std::optional(600_A));
  EXPECT_THAT(problem_of("static", "  ratings: { fuse_a: 0 }\n"), HasSubstr("ratings.fuse_a: 0 is outside 1..10000"));
  EXPECT_THAT(problem_of("static", "  ratings: { fuse_ka: 1 }\n"), HasSubstr("expected fuse_a"));
}

TEST(SiteRating, TheAirIsTakenByTheMonth) {
  const RatingSettings settings = settings_of("dynamic", "  ambient:\n" + months("min_c: 12, design_max_c: 38"));
  EXPECT_EQ(settings.ambient.source, AmbientSource::DesignMax);
  EXPECT_EQ(settings.ambient.months[6].min, MilliCelsius(12'000));
  EXPECT_EQ(settings.ambient.months[6].design_max, MilliCelsius(38'000));
  EXPECT_EQ(settings.ambient.months[11].design_max, MilliCelsius(30'500));
}

TEST(SiteRating, MonthsAreTwelveAndWarmerThanTheirMinimum) {
  EXPECT_THAT(problem_of("dynamic", "  ambient:\n    months: [{ min_c: 1, design_max_c: 2 }]\n"),
              HasSubstr("transformer.ambient: months has 1 entries; expected 12, January first"));
  EXPECT_THAT(problem_of("dynamic", "  ambient:\n" + months("min_c: 31, design_max_c: 30")),
              HasSubstr("transformer.ambient.months[6].min_c: 31 is outside -50..30"));
  EXPECT_THAT(problem_of("dynamic", "  ambient:\n" + months("min_c: 31")), HasSubstr("design_max_c: is missing"));
  EXPECT_THAT(problem_of("dynamic", "  ambient: { source: guess }\n"), HasSubstr("design-max, profile, sensor"));
  EXPECT_THAT(problem_of("dynamic", "  ambient: { stale_min: 0 }\n"), HasSubstr("0 is outside 1..1440"));
}

TEST(SiteRating, AProfileHasAValueForEachHour) {
  const RatingSettings settings =
      settings_of("dynamic", "  ambient: { source: profile, profile_c: " + hours(24, "-2.5") + " }\n");
  EXPECT_EQ(settings.ambient.profile[3][0], MilliCelsius(18'000));
  EXPECT_EQ(settings.ambient.profile[9][23], MilliCelsius(-2'500));
  EXPECT_THAT(problem_of("dynamic", "  ambient: { source: profile, profile_c: " + hours(23, "1") + " }\n"),
              HasSubstr("transformer.ambient.profile_c: expected a list of 24 entries"));
  EXPECT_THAT(problem_of("dynamic", "  ambient: { source: profile, profile_c: " + hours(24, "61") + " }\n"),
              HasSubstr("profile_c[23]: 61 is outside -50..60"));
  EXPECT_THAT(problem_of("dynamic", "  ambient: { source: profile }\n"),
              HasSubstr("source: profile needs profile_c, here or in each of the months"));
}

TEST(SiteRating, AMonthMayHaveAProfileOfItsOwn) {
  const RatingSettings settings =
      settings_of("dynamic", "  ambient:\n    source: profile\n    profile_c: " + hours(24, "18") + "\n" +
                                 months("min_c: 12, design_max_c: 38, profile_c: " + hours(24, "25")));
  EXPECT_EQ(settings.ambient.profile[5][23], MilliCelsius(18'000));
  EXPECT_EQ(settings.ambient.profile[6][23], MilliCelsius(25'000));
}

TEST(SiteRating, AThermometerIsAFile) {
  const auto file =
      SiteText{"dynamic", "  ambient: { source: sensor, file: /sys/t, file_scale: 0.001 }\n", "", ""}.load();
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_TRUE(file->thermometer);
  EXPECT_EQ(file->thermometer->file, "/sys/t");
  EXPECT_EQ(file->thermometer->scale, 0.001);
  EXPECT_EQ(file->site.rating->settings.ambient.source, AmbientSource::Sensor);
  EXPECT_THAT(problem_of("dynamic", "  ambient: { source: sensor }\n"), HasSubstr("source: sensor needs file"));
  EXPECT_THAT(problem_of("dynamic", "  ambient: { file: /sys/t }\n"),
              HasSubstr("transformer.ambient.file: is for source: sensor"));
}

TEST(SiteRating, AScheduleIsMonthsHoursAndPercent) {
  const RatingSettings settings =
      settings_of("schedule",
                  "  schedule_rating:\n    - { months: [dec, jan], from: \"22:00\", to: \"06:30\", percent: 115 }\n"
                  "    - { percent: 90 }\n");
  ASSERT_EQ(settings.schedule.size(), 2U);
  EXPECT_EQ(settings.schedule[0].months, 0x801);
  EXPECT_EQ(settings.schedule[0].from_minute, 22 * 60);
  EXPECT_EQ(settings.schedule[0].to_minute, 6 * 60 + 30);
  EXPECT_EQ(settings.schedule[0].percent, 115);
  EXPECT_EQ(settings.schedule[1].months, 0xfff);
  EXPECT_EQ(settings.schedule[1].to_minute, 24 * 60);
}

TEST(SiteRating, AScheduleThatCannotBeReadIsRefused) {
  const auto row = [](const std::string& text) {
    return problem_of("schedule", "  schedule_rating: [{ " + text + " }]\n");
  };
  EXPECT_THAT(row("percent: 201"), HasSubstr("percent: 201 is outside 0..200"));
  EXPECT_THAT(row("percent: 90, months: [jan, jan]"), HasSubstr("expected 1 to 12 different ones of jan, feb"));
  EXPECT_THAT(row("percent: 90, months: [1]"), HasSubstr("expected 1 to 12 different ones of jan, feb"));
  for (const char* wrong : {"\"24:01\"", "\"7:00\"", "\"12:60\"", "noon"})
    EXPECT_THAT(row(std::string("percent: 90, to: ") + wrong), HasSubstr("is not a time of the day")) << wrong;
  EXPECT_THAT(row("percent: 90, from: \"24:00\""), HasSubstr("from: expected 00:00 to 23:59"));
  EXPECT_THAT(problem_of("schedule", ""), HasSubstr("rating: schedule needs rows in schedule_rating"));
  EXPECT_THAT(problem_of("dynamic", "  schedule_rating: [{ percent: 90 }]\n"),
              HasSubstr("transformer.schedule_rating: is for rating: schedule"));
}

TEST(SiteRating, TheTransformersOwnLimitsAreThoseOfItsNode) {
  const auto file = SiteText{"static", "  max_feed_a: 100\n  max_neutral_a: 200\n", "", ""}.load();
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->site.nodes[0].max_feed, std::optional(100_A));
  EXPECT_EQ(file->site.nodes[0].max_neutral, std::optional(200_A));
  EXPECT_EQ(file->site.nodes[0].design_peak_base, PerPhase<Milliamps>::all(160_A));
  EXPECT_THAT(problem_of("static", "  max_neutral_a: 0\n"), HasSubstr("max_neutral_a: 0 is outside 1..5000"));
  EXPECT_THAT(problem_of("static", "  max_feed_ma: 5\n"), HasSubstr("expected max_feed_a"));
}

}  // namespace
}  // namespace balans
