// The server over real sockets: what a client may use up, and what it gets.
#include <memory>
#include <thread>

#include "tests/api/serving.hpp"

namespace balans::api::test {
namespace {

TEST(Server, BeatsWhereNobodyAsksForAnything) {
  ServerOptions options;
  options.beat = Millis(10);
  const Serving serving(options);
  serving.wait_for_beats(3);
}

TEST(Server, KeepsAConnectionForTheNextRequest) {
  const Serving serving;
  Wire wire(serving.port());
  for (const char* body : {"one", "two"}) {
    wire.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n" + std::string(body));
    EXPECT_TRUE(wire.read_answer().ends_with("body:" + std::string(body)));
  }
}

TEST(Server, AnswersRequestsSentTogetherInOrder) {
  const Serving serving;
  Wire wire(serving.port());
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n";
  wire.send(post + "1" + post + "2");
  EXPECT_TRUE(wire.read_answer().ends_with("body:1"));
  EXPECT_TRUE(wire.read_answer().ends_with("body:2"));
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  const Serving serving;
  Wire wire(serving.port());
  wire.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(wire.read_to_end().ends_with("body:"));
}

TEST(Server, GivesHeadTheLengthButNoBody) {
  const Serving serving;
  Wire wire(serving.port());
  wire.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = wire.read_to_end();
  EXPECT_TRUE(has(answer, "Content-Length: 5\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(Server, RefusesALargeBodyWithoutReadingIt) {
  const Serving serving;
  Wire wire(serving.port());
  wire.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n");
  const std::string answer = wire.read_answer();
  EXPECT_TRUE(starts(answer, "413"));
  EXPECT_TRUE(has(answer, "Connection: close"));
  EXPECT_TRUE(has(answer, "application/problem+json"));
}

TEST(Server, RefusesALargeBodySentInChunks) {
  const Serving serving;
  Wire wire(serving.port());
  wire.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i) wire.send("64\r\n" + std::string(100, 'x') + "\r\n");
  EXPECT_TRUE(starts(wire.read_answer(), "413"));
}

TEST(Server, StillDeliversItsRefusalToAClientThatGoesOnSending) {
  const Serving serving;
  Wire wire(serving.port());
  wire.send("POST /forbidden HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n");
  wire.send(std::string(500'000, 'x'));
  EXPECT_TRUE(starts(wire.read_answer(), "401"));
}

TEST(Server, SaysContinueOnlyToWhatItWillTake) {
  const Serving serving;
  Wire taken(serving.port());
  taken.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(starts(taken.read_until("\r\n\r\n"), "100"));
  taken.send("ok");
  EXPECT_TRUE(taken.read_answer().ends_with("body:ok"));
  Wire refused(serving.port());
  refused.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(starts(refused.read_answer(), "413"));
}

TEST(Server, RefusesEndlessHeaders) {
  const Serving serving;
  Wire wire(serving.port());
  wire.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(starts(wire.read_answer(), "431"));
}

TEST(Server, AnswersNoiseWithAProblem) {
  const Serving serving;
  Wire wire(serving.port());
  wire.send("this is not http\r\n\r\n");
  EXPECT_TRUE(starts(wire.read_to_end(), "400"));
}

TEST(Server, ClosesOnAClientThatDoesNotFinishItsHeaders) {
  ServerOptions options;
  options.header_time = 50_ms;
  const Serving serving(options);
  Wire wire(serving.port());
  wire.send("GET / HTTP/1.1\r\nHost");
  EXPECT_EQ(wire.read_to_end(), "");
}

TEST(Server, ClosesOnAClientThatDoesNotFinishItsBody) {
  ServerOptions options;
  options.body_time = 50_ms;
  const Serving serving(options);
  Wire wire(serving.port());
  wire.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(wire.read_to_end(), "");
}

TEST(Server, ClosesAnIdleConnection) {
  ServerOptions options;
  options.idle_time = 50_ms;
  const Serving serving(options);
  Wire wire(serving.port());
  wire.get("/");
  EXPECT_TRUE(wire.read_to_end().ends_with("body:"));
}

TEST(Server, StreamsTheFirstEventsAndThenEachPublishedOne) {
  const Serving serving;
  Wire listener(serving.port());
  listener.get("/stream");
  EXPECT_TRUE(has(listener.read_until("\r\n\r\n"), "text/event-stream"));
  EXPECT_TRUE(has(listener.read_until("data: first\n\n"), "event: state\n"));
  Wire publisher(serving.port());
  publisher.get("/publish");
  EXPECT_EQ(listener.read_until("\n\n"), "event: state\ndata: second\n\n");
}

TEST(Server, SendsHeartbeatsWhereThereIsNothingNew) {
  ServerOptions options;
  options.heartbeat = 20_ms;
  const Serving serving(options);
  Wire listener(serving.port());
  listener.get("/stream");
  EXPECT_TRUE(has(listener.read_until(": nothing new\n\n"), "data: first"));
  EXPECT_EQ(listener.read_until("\n\n"), ": nothing new\n\n");
}

TEST(Server, LetsRequestsUnderWayEndAndTellsListenersWhenItStops) {
  auto serving = std::make_unique<Serving>();
  Wire listener(serving->port());
  listener.get("/stream");
  listener.read_until("data: first\n\n");
  Wire idle(serving->port());
  idle.get("/");
  idle.read_answer();
  Wire under_way(serving->port());
  under_way.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  under_way.read_until("\r\n\r\n");
  std::jthread stopping([&] { serving.reset(); });
  EXPECT_TRUE(has(listener.read_to_end(), "event: closing"));
  EXPECT_EQ(idle.read_to_end(), "");
  under_way.send("late");
  const std::string answer = under_way.read_to_end();
  EXPECT_TRUE(has(answer, "body:late")) << answer;
  EXPECT_TRUE(has(answer, "Connection: close"));
}

TEST(Server, EndsInTimeThoughAnAnswerNeverComes) {
  ServerOptions options;
  options.drain_time = 50_ms;
  auto serving = std::make_unique<Serving>(options);
  Wire wire(serving->port());
  wire.get("/never");
  Wire other(serving->port());
  other.get("/");
  other.read_answer();
  serving.reset();
  EXPECT_EQ(wire.read_to_end(), "");
}

TEST(Server, KnowsItsPortAlsoWhileItStops) {
  ServerOptions options;
  options.drain_time = 100_ms;
  options.beat = 1_ms;
  const auto server = *Server::listen(options);
  TestHandler handler(*server);
  const std::uint16_t port = server->port();
  Wire client(port);  // holds up the end
  int beats = 0;
  server->run(handler, [&] {
    EXPECT_EQ(server->port(), port);
    if (++beats == 1) client.send("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
    if (beats == 20) server->stop();
  });
  EXPECT_GT(beats, 25);
}

TEST(Server, GivesUpOnAnAnswerThatNeverComes) {
  ServerOptions options;
  options.answer_time = 50_ms;
  const Serving serving(options);
  Wire wire(serving.port());
  wire.get("/never");
  EXPECT_EQ(wire.read_to_end(), "");
  EXPECT_EQ(serving.counts().timeouts, 1);
}

TEST(Server, SaysWhyItCannotListen) {
  const Serving serving;
  ServerOptions options;
  options.port = serving.port();
  EXPECT_TRUE(has(Server::listen(options).error().message(), "cannot listen"));
  options.host = "nowhere.example";
  EXPECT_TRUE(has(Server::listen(options).error().message(), "not an IP address"));
}

}  // namespace
}  // namespace balans::api::test
