// The adapter over real sockets.
#include "api/ledger/shell/http_transport.hpp"

#include <gtest/gtest.h>

#include "api/ledger/iota/client.hpp"
#include "api/ledger/iota/shown.hpp"
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
  EXPECT_EQ(transport.post(node.url(), "{}").error().message(),
            shown_endpoint(node.url()) + ": answered 429: slow down");
  EXPECT_FALSE(transport.post(node.url(), "{}"));
}

TEST(HttpTransport, ErrorsShowNoKeyOfAProviderAndLittleOfTheBody) {
  const OneShotServer node({answer("403 Forbidden", "", "no\x1b[2J\n" + std::string(1000, 'x'))});
  const std::string place = shown_endpoint(node.url());
  HttpTransport transport;
  const std::string refused = transport.post(place + "/v1/SECRET?key=SECRET", "{}").error().message();
  EXPECT_EQ(refused, place + ": answered 403: no.[2J." + std::string(493, 'x'));
  HttpOptions options;
  options.connect_timeout = std::chrono::seconds(1);
  HttpTransport nobody(options);
  const std::string silent = nobody.post("http://user:SECRET@127.0.0.1:1/SECRET", "{}").error().message();
  EXPECT_EQ(silent.find("SECRET"), std::string::npos) << silent;
  EXPECT_EQ(silent.find("http://127.0.0.1:1: "), 0U) << silent;
}

TEST(HttpTransport, AnEndpointIsShownByItsPlace) {
  EXPECT_EQ(shown_endpoint("https://node.example/v1/SECRET"), "https://node.example");
  EXPECT_EQ(shown_endpoint("https://node.example:8443?key=a@b"), "https://node.example:8443");
  EXPECT_EQ(shown_endpoint("https://a:b/c@node.example#x"), "https://node.example");
  EXPECT_EQ(shown_endpoint("node.example/SECRET"), "node.example");
}

TEST(HttpTransport, AClientsErrorsShowItsPlaceAlone) {
  const OneShotServer node({answer("200 OK", "", "nonsense")});
  HttpTransport transport;
  Client client({node.url() + "/SECRET"}, transport, [](Millis) {}, {1, 0_ms, 0_ms});
  const std::string said = client.reference_gas_price().error().message();
  EXPECT_NE(said.find(" of " + shown_endpoint(node.url())), std::string::npos) << said;
  EXPECT_EQ(said.find("SECRET"), std::string::npos) << said;
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
