// A transformer meter that lies or falls silent raises nobody.

#include <algorithm>

#include "tests/faults/street_under_fault.hpp"

namespace balans::sim {
namespace {

struct MeterCase {
  const char* fault;
  const char* quality;  ///< what the controller calls it
  Millis known_after;   ///< from then on the meter must not be believed
};

void PrintTo(const MeterCase& it, std::ostream* out) { *out << it.fault; }

/// A poll and the tick after it; until then nobody can know. What never becomes a sample (NaN, silence, a thousandfold
/// that the device file refuses) is missed when the last one is late.
constexpr Millis kSeen = defaults::kMeterPoll + defaults::kTick + 1_s;

class Meter : public StreetUnderFault, public testing::WithParamInterface<MeterCase> {
 protected:
  const std::string stays_ = "charger-3";
  const std::string leaves_ = "charger-1";

  [[nodiscard]] std::optional<UnixTime> quality_became(const std::string& quality, UnixTime from) {
    for (const Stage::Event& event : stage().events("trafo"))
      if (text_of(event, "event") == "meter-quality" && text_of(event, "to") == quality &&
          event.at("utc_ms").as_int64() >= from.ms())
        return UnixTime(event.at("utc_ms").as_int64());
    return std::nullopt;
  }
};

TEST_P(Meter, ThatCannotBeTrustedRaisesNobodyUntilItIsGoodAgain) {
  ASSERT_NO_FATAL_FAILURE(begin({}));
  ASSERT_NO_FATAL_FAILURE(plug_cars());
  const UnixTime broken = now();
  tell(std::string(R"({"meter":")") + GetParam().fault + R"("})");
  ASSERT_TRUE(wait_until(broken + GetParam().known_after));
  // One car leaves, and the other would be given its share.
  tell(R"({"car":")" + leaves_ + R"(","unplug":true})");
  ASSERT_TRUE(wait_until(broken + GetParam().known_after + 25_s));
  EXPECT_TRUE(quality_became(GetParam().quality, broken)) << "nobody is told";
  EXPECT_LT(newest()->devices.at(stays_).allowed, 16_A) << "there is nothing left to be raised, so this shows nothing";

  const UnixTime repaired = now();
  tell(R"({"meter":"none"})");
  ASSERT_TRUE(wait_for([&] { return quality_became("good", repaired).has_value(); })) << "it never recovers";
  const UnixTime good = *quality_became("good", repaired);
  ASSERT_TRUE(wait_for([&] { return first_raise(stays_, good).has_value(); })) << "raises do not resume";
  for (const SentLimit& limit : sent_limits())
    if (limit.at > broken + GetParam().known_after && limit.at < good) {
      EXPECT_FALSE(limit.raises()) << limit.agent << " " << (limit.at - broken).count() << " ms after the fault";
    }
}

INSTANTIATE_TEST_SUITE_P(Faults, Meter,
                         testing::Values(MeterCase{"freeze", "frozen", 12_s},
                                         MeterCase{"nan", "stale", defaults::kMeterLate + kSeen},
                                         MeterCase{"sign", "implausible", kSeen},
                                         MeterCase{"x1000", "stale", defaults::kMeterLate + kSeen},  // never a sample
                                         MeterCase{"silent", "stale", defaults::kMeterLate + kSeen}),
                         [](const auto& each) { return std::string(each.param.fault); });

}  // namespace
}  // namespace balans::sim
