#include "common/io/http_client/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/common/io/http_client/one_shot_server.hpp"

namespace balans {
namespace {

using test::answer;
using test::OneShotServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HttpClient, PostsABodyWithHeadersAndReadsTheAnswer) {
  const OneShotServer server({answer("200 OK", "Content-Type: application/json\r\nX-Empty:\r\n", "{\"accepted\":1}")});
  HttpClient client;
  const auto response = client.send({HttpMethod::Post, server.url(), {{"Idempotency-Key", "k-1"}}, "{\"batches\":[]}"});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "{\"accepted\":1}");
  EXPECT_EQ(response->header("content-type"), "application/json");
  EXPECT_EQ(response->header("x-empty"), "");
  EXPECT_EQ(response->header("missing"), std::nullopt);
  const std::string request = server.requests().at(0);
  EXPECT_THAT(request, StartsWith("POST /v1/x HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Idempotency-Key: k-1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\n\r\n{\"batches\":[]}"));
}

TEST(HttpClient, PostsAnEmptyBody) {
  const OneShotServer server({answer("204 No Content", "", "")});
  HttpClient client;
  EXPECT_EQ(client.send({HttpMethod::Post, server.url(), {}, ""})->status, 204);
  EXPECT_THAT(server.requests().at(0), HasSubstr("Content-Length: 0\r\n"));
}

TEST(HttpClient, TreatsEveryStatusAsAnAnswer) {
  const OneShotServer server({answer("422 Unprocessable", "", "{\"title\":\"no\"}")});
  HttpClient client;
  const auto response = client.send({HttpMethod::Get, server.url(), {}, ""});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 422);
  EXPECT_EQ(response->body, "{\"title\":\"no\"}");
}

TEST(HttpClient, FollowsNoRedirects) {
  const OneShotServer server({answer("302 Found", "Location: http://127.0.0.1:1/\r\n", "")});
  HttpClient client;
  EXPECT_EQ(client.send({HttpMethod::Get, server.url(), {}, ""})->status, 302);
}

TEST(HttpClient, UsesOneConnectionForSeveralRequests) {
  const OneShotServer server({answer("200 OK", "", "one"), answer("200 OK", "", "two")});
  HttpClient client;
  EXPECT_EQ(client.send({HttpMethod::Post, server.url(), {}, "x"})->body, "one");
  EXPECT_EQ(client.send({HttpMethod::Get, server.url(), {}, ""})->body, "two");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_THAT(server.requests().at(1), StartsWith("GET "));
}

TEST(HttpClient, RefusesAnswersAndBodiesThatAreTooLarge) {
  const OneShotServer server({answer("200 OK", "", std::string(101, 'x'))});
  HttpOptions options;
  options.max_response_bytes = 100;
  options.max_request_bytes = 10;
  HttpClient client(options);
  EXPECT_THAT(client.send({HttpMethod::Get, server.url(), {}, ""}).error().message(),
              HasSubstr("the answer is larger than 100 bytes"));
  EXPECT_THAT(client.send({HttpMethod::Post, server.url(), {}, std::string(11, 'x')}).error().message(),
              HasSubstr("a body of 11 bytes is too large"));
}

TEST(HttpClient, RefusesHeadersWithLineBreaks) {
  HttpClient client;
  EXPECT_THAT(client.send({HttpMethod::Get, "http://127.0.0.1:1/", {{"A", "b\r\nC: d"}}, ""}).error().message(),
              HasSubstr("holds a line break"));
}

TEST(HttpClient, SaysWhenNobodyAnswersTheDoor) {
  HttpClient client;
  const auto response = client.send({HttpMethod::Get, "http://127.0.0.1:1/", {}, ""});
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.error().message(), StartsWith("http://127.0.0.1:1/: "));
}

TEST(HttpClient, SaysNoPasswordOfTheAddress) {
  HttpRequest request;
  request.url = "http://site:hunter2@127.0.0.1:1/v1/readings?limit=1";
  const auto response = HttpClient().send(request);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().where, "http://127.0.0.1:1/v1/readings?limit=1");
  EXPECT_EQ(response.error().message().find("hunter2"), std::string::npos) << response.error().message();
  EXPECT_EQ(without_user("https://site:hun/ter2@example.org/v1?a=b@c"), "https://example.org/v1?a=b@c");
  EXPECT_EQ(without_user("https://example.org/v1?a=b@c"), "https://example.org/v1?a=b@c");
}

TEST(HttpClient, SpeaksOnlyHttp) {
  HttpClient client;
  EXPECT_FALSE(client.send({HttpMethod::Get, "file:///etc/hostname", {}, ""}).ok());
}

TEST(HttpClient, GivesUpOnAServerThatSaysNothing) {
  const OneShotServer server({""});
  HttpOptions options;
  options.total_timeout = std::chrono::milliseconds(200);
  HttpClient client(options);
  const auto response = client.send({HttpMethod::Get, server.url(), {}, ""});
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.error().message(), HasSubstr("timed out"));
}

TEST(HttpClient, EndsATransferWhenAskedToStop) {
  const OneShotServer server({""});
  HttpClient client;
  std::stop_source stop;
  const std::jthread other([&] { stop.request_stop(); });
  const auto response = client.send({HttpMethod::Get, server.url(), {}, ""}, stop.get_token());
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.error().message(), HasSubstr("stopped"));
}

}  // namespace
}  // namespace balans
