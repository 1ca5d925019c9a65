#include "common/masked.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

const std::string kKey = "c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77";

TEST(Masked, AKeyIsNotRepeated) {
  EXPECT_EQ(masked("'" + kKey + "' is not a number"), "'[removed]' is not a number");
  EXPECT_EQ(masked("/v1/sites?key=" + kKey + "&x=1"), "/v1/sites?key=[removed]&x=1");
  EXPECT_EQ(masked("of it " + kKey.substr(0, 33)), "of it [removed]") << "nor most of one";
  EXPECT_EQ(masked("C0FFEE00C0FFEE11C0FFEE22C0FFEE33C0FFEE44"), "[removed]");
}

TEST(Masked, OfATokenTheIdIsShown) {
  EXPECT_EQ(masked("balans_1a2b3c4d_" + kKey), "balans_1a2b3c4d_[removed]");
  EXPECT_EQ(masked("balans_1a2b3c4d_0011"), "balans_1a2b3c4d_[removed]") << "nor a part of its secret";
  EXPECT_EQ(masked("balans_1a2b3c4d_"), "balans_1a2b3c4d_");
}

TEST(Masked, IdsPathsAndSentencesStay) {
  for (const std::string text :
       {"/v1/transfers/018f0000000000000000000000000001", "/v1/sites/elm-street/devices/charger-1/series?level=minute",
        "elm-street: expected one of EUR, IOTA, ETH, KWH", ""}) {
    EXPECT_EQ(masked(text), text);
    EXPECT_EQ(masked_widely(text), text);
  }
}

TEST(Masked, WidelyBase64AndPairingCodesGoToo) {
  const std::string base64 = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ5";
  EXPECT_EQ(masked_widely("'" + base64 + "' is not"), "'[removed]' is not");
  EXPECT_EQ(masked_widely("no site is called 'a1b2-c3d4-e5f6'"), "no site is called '[removed]'");
  EXPECT_EQ(masked("no site is called 'a1b2-c3d4-e5f6'"), "no site is called 'a1b2-c3d4-e5f6'");
  EXPECT_EQ(masked_widely("a1b2-c3d4-e5f6-0"), "a1b2-c3d4-e5f6-0");
  EXPECT_EQ(masked_widely("x-a1b2-c3d4-e5f6"), "x-a1b2-c3d4-e5f6");
  EXPECT_EQ(masked_widely("/v1/sites/main-road-west/live"), "/v1/sites/main-road-west/live");
}

}  // namespace
}  // namespace balans
