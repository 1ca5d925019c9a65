#include "common/io/pairing/messages.hpp"

#include <gtest/gtest.h>

#include "tests/common/io/pairing/two_ends.hpp"

namespace balans::pairing {
namespace {

using namespace test;

Grant some_grant() {
  Grant grant;
  grant.site = site_named("elm-street");
  grant.deployment.bytes.fill(1);
  grant.trafo_key.bytes.fill(2);
  grant.broker_host = "192.168.10.2";
  grant.broker_port = 8883;
  grant.ca = "ca";
  grant.certificate = "certificate";
  return grant;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(PairingMessages, AreReadAsTheyWereWritten) {
  const auto grant = decode_grant(encode(some_grant()));
  ASSERT_TRUE(grant) << grant.error().message();
  EXPECT_EQ(encode(*grant), encode(some_grant()));
  Request request;
  request.agent = agent_named("charger-1");
  request.device_key.bytes.fill(3);
  request.request = "request";
  EXPECT_EQ(encode(*decode_request(encode(request))), encode(request));
}

TEST(PairingMessages, ARefusalIsAnErrorInTheOthersWords) {
  const auto grant = decode_grant(encode_refusal("no \x1b[31mroom"));
  ASSERT_FALSE(grant);
  EXPECT_EQ(grant.error().message(), "the other side refuses: no  [31mroom");
}

TEST(PairingMessages, SayWhereTheyAreWrong) {
  const std::string good = encode(some_grant());
  EXPECT_EQ(decode_grant(replaced(good, "8883", "0")).error().message(), "answer.broker_port: 0 is outside 1..65535");
  EXPECT_FALSE(decode_grant(replaced(good, "elm-street", "Elm Street")));
  EXPECT_FALSE(decode_grant(replaced(good, "192.168.10.2", "x\\\", y: \\\"")));
  EXPECT_FALSE(decode_grant(replaced(good, "\"type\"", "\"more\":1,\"type\"")));
  EXPECT_FALSE(decode_grant(replaced(good, "grant", "request")));
  EXPECT_FALSE(decode_grant("{"));
  EXPECT_FALSE(decode_grant(std::string(100'000, ' ')));
}

TEST(PairingMessages, AWordIsThatWord) {
  EXPECT_TRUE(decode_word(encode_word("stored"), "stored"));
  EXPECT_FALSE(decode_word(encode_word("stored"), "enrolled"));
  EXPECT_FALSE(decode_word(encode_refusal("why"), "stored"));
}

}  // namespace
}  // namespace balans::pairing
