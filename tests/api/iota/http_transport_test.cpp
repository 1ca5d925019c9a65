// The adapter over real sockets.
#include "api/ledger/shell/http_transport.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota/client.hpp"
#include "tests/common/io/http_client/one_shot_server.hpp"

namespace balans::iota {
namespace {

using balans::test::answer;
using balans::test::OneShotServer;

TEST(HttpTransport, CarriesQuestionsAndAnswers) {
  const OneShotServer node({answer("503 Busy", "", "later"), answer("200 OK", "Content-Type: application/json\r\n",
                                                                    R"({"jsonrpc":"2.0","id":1,"result":"1000"})")});
  HttpTransport transport;
  Client client({node.url()}, transport, [](Millis) {});
  const auto price = client.reference_gas_price();
  ASSERT_TRUE(price) << price.error().message();
  EXPECT_EQ(*price, 1000U);
  const std::vector<std::string> requests = node.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_NE(requests[0].find("POST /v1/x"), std::string::npos);
  EXPECT_NE(requests[0].find("Content-Type: application/json"), std::string::npos);
  EXPECT_NE(requests[0].find(R"("method":"iotax_getReferenceGasPrice")"), std::string::npos);
}

TEST(HttpTransport, EveryStatusBut200IsAnError) {
  const OneShotServer node({answer("429 Too Many Requests", "", "slow down"), answer("204 No Content", "", "")});
  HttpTransport transport;
  EXPECT_EQ(transport.post(node.url(), "{}").error().message(), node.url() + ": answered 429: slow down");
  EXPECT_FALSE(transport.post(node.url(), "{}"));
}

TEST(HttpTransport, RefusesAnswersThatAreTooLarge) {
  const OneShotServer node({answer("200 OK", "", std::string(kMostAnswerBytes + 1, 'x'))});
  HttpOptions options;
  options.max_response_bytes = 100 * kMostAnswerBytes;
  HttpTransport transport(options);
  EXPECT_FALSE(transport.post(node.url(), "{}"));
}

}  // namespace
}  // namespace balans::iota
