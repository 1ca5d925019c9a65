// The server over real sockets: what a client may use up, and what it gets.
#include "api/http/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/api/wire.hpp"

namespace balans::api::test {
namespace {

/// Echoes bodies, opens streams, publishes on them.
class TestHandler final : public Handler {
 public:
  explicit TestHandler(EventSink& sink) : sink_(sink) {}

  std::variant<BodyLimit, Response> admit(const RequestHead& head) override {
    if (head.target == "/forbidden") return Response{401, "text/plain", {}, "no"};
    return BodyLimit{1000};
  }
  void handle(Request request, Reply reply) override {
    const std::string& target = request.head.target;
    if (target == "/stream") return reply(EventStream{"street", {event_text({"state", "first"})}});
    if (target == "/never") return unanswered_.push_back(std::move(reply));
    if (target == "/publish") sink_.publish("street", event_text({"state", "second"}));
    if (target == "/flood") sink_.publish("street", event_text({"state", std::string(1'000'000, 'x')}));
    reply(Response{200, "text/plain", {}, "body:" + request.body});
  }

 private:
  EventSink& sink_;
  std::vector<Reply> unanswered_;
};

class Serving {
 public:
  explicit Serving(const ServerOptions& options = {})
      : server_(*Server::listen(options)), port_(server_->port()), handler_(*server_) {
    thread_ = std::jthread([this] {
      server_->run(handler_, [this] {
        ++beats_;
        beats_.notify_all();
      });
    });
  }
  ~Serving() { server_->stop(); }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const ServerCounts& counts() const { return server_->counts(); }
  void wait_for_beats(int count) const {
    for (int seen = beats_; seen < count; seen = beats_) beats_.wait(seen);
  }

 private:
  std::unique_ptr<Server> server_;
  const std::uint16_t port_;
  TestHandler handler_;
  std::atomic<int> beats_ = 0;
  std::jthread thread_;
};

/// Lets this process open so many files, while it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t wanted) : wanted_(wanted) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit more = before_;
    more.rlim_cur = std::max(before_.rlim_cur, std::min(wanted, before_.rlim_max));
    setrlimit(RLIMIT_NOFILE, &more);
    enough_ = more.rlim_cur >= wanted_;
  }
  ~FileLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  [[nodiscard]] bool is_enough() const { return enough_; }

 private:
  rlimit before_{};
  rlim_t wanted_;
  bool enough_ = false;
};

bool starts(const std::string& answer, std::string_view status) {
  return answer.starts_with("HTTP/1.1 " + std::string(status));
}
bool has(const std::string& answer, std::string_view text) { return answer.find(text) != std::string::npos; }

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

TEST(Server, LetsFurtherConnectionsWaitUntilOneEnds) {
  ServerOptions options;
  options.max_connections = 2;
  const Serving serving(options);
  auto first = std::make_unique<Wire>(serving.port());
  Wire second(serving.port());
  for (Wire* wire : {first.get(), &second}) {
    wire->get("/");
    EXPECT_TRUE(starts(wire->read_answer(), "200"));
  }
  Wire third(serving.port());
  third.get("/");
  first.reset();
  EXPECT_TRUE(starts(third.read_answer(), "200"));
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

TEST(Server, DropsAListenerThatDoesNotKeepUpSaysWhyAndHoldsNobodyUp) {
  const Serving serving;
  Wire listener(serving.port());
  listener.get("/stream");
  listener.read_until("data: first\n\n");
  Wire publisher(serving.port());
  for (int i = 0; i < 60; ++i) {  // 60 MB, far more than queue and socket buffers hold
    publisher.get("/flood");
    EXPECT_TRUE(starts(publisher.read_answer(), "200"));
  }
  const std::string received = listener.read_to_end();
  EXPECT_TRUE(has(received, "event: dropped\ndata: {\"reason\":\"too slow")) << received.substr(received.size() - 200);
  EXPECT_LT(received.size(), 60'000'000U);
  EXPECT_EQ(serving.counts().dropped_streams, 1);
}

TEST(Server, ServesTwoThousandListenersOnOneThread) {
  constexpr int kListeners = 2000;
  const FileLimit room(2 * kListeners + 100);
  if (!room.is_enough()) GTEST_SKIP() << "too few file descriptors are allowed here";
  const Serving serving;
  std::vector<std::unique_ptr<Wire>> listeners;
  for (int i = 0; i < kListeners; ++i) {
    listeners.push_back(std::make_unique<Wire>(serving.port()));
    listeners.back()->get("/stream");
  }
  for (const auto& listener : listeners) listener->read_until("data: first\n\n");
  EXPECT_EQ(serving.counts().streams, kListeners);
  Wire publisher(serving.port());
  publisher.get("/publish");
  for (const auto& listener : listeners) EXPECT_EQ(listener->read_until("\n\n"), "event: state\ndata: second\n\n");
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

TEST(Server, GivesUpOnAnAnswerThatNeverComes) {
  ServerOptions options;
  options.answer_time = 50_ms;
  const Serving serving(options);
  Wire wire(serving.port());
  wire.get("/never");
  EXPECT_EQ(wire.read_to_end(), "");
  EXPECT_EQ(serving.counts().timeouts, 1);
}

TEST(Server, DropsAListenerThatStopsReading) {
  ServerOptions options;
  options.write_time = 50_ms;
  options.max_streams = 1;
  const Serving serving(options);
  Wire listener(serving.port());
  listener.get("/stream");
  listener.read_until("data: first\n\n");
  Wire publisher(serving.port());
  std::string answer;
  do {  // its place is free once it is dropped
    publisher.get("/flood");
    publisher.read_answer();
    Wire next(serving.port());
    next.get("/stream");
    answer = next.read_until("\r\n\r\n");
  } while (starts(answer, "503"));
  EXPECT_TRUE(starts(answer, "200"));
}

TEST(Server, RefusesMoreListenersThanItCanServe) {
  ServerOptions options;
  options.max_streams = 1;
  const Serving serving(options);
  Wire first(serving.port());
  first.get("/stream");
  first.read_until("data: first\n\n");
  Wire second(serving.port());
  second.get("/stream");
  EXPECT_TRUE(starts(second.read_answer(), "503"));
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
