// The server when many come at once, or slow ones, or ones that want all for themselves.
#include <sys/resource.h>

#include <algorithm>
#include <memory>

#include "tests/api/serving.hpp"

namespace balans::api::test {
namespace {

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

TEST(Server, LetsFurtherConnectionsWaitUntilOneThatIsServedEnds) {
  ServerOptions options;
  options.max_connections = 2;
  const Serving serving(options);
  auto first = std::make_unique<Wire>(serving.port());
  Wire second(serving.port());
  for (Wire* wire : {first.get(), &second}) {
    wire->get("/stream");
    wire->read_until("data: first\n\n");
  }
  Wire third(serving.port());
  third.get("/");
  first.reset();
  EXPECT_TRUE(starts(third.read_answer(), "200"));
}

TEST(Server, ACrowdThatSaysNothingKeepsNobodyOut) {
  ServerOptions options;
  options.max_connections = 5;
  const Serving serving(options);
  std::vector<std::unique_ptr<Wire>> crowd;
  for (int i = 0; i < 20; ++i) {
    crowd.push_back(std::make_unique<Wire>(serving.port()));
    if (i % 2 == 1) crowd.back()->send("GET / HT");
  }
  Wire wire(serving.port());
  wire.get("/");
  EXPECT_TRUE(starts(wire.read_answer(), "200"));
  EXPECT_EQ(crowd.front()->read_to_end(), "") << "whoever was silent longest has gone";
}

TEST(Server, BodiesThatComeSlowlyTakeUpNoMoreThanThereIs) {
  ServerOptions options;
  options.max_body_bytes = 2000;
  const Serving serving(options);
  std::vector<std::unique_ptr<Wire>> slow;
  const auto send_most = [&] {
    slow.push_back(std::make_unique<Wire>(serving.port()));
    slow.back()->send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 901\r\n\r\n");
    EXPECT_TRUE(starts(slow.back()->read_until("\r\n\r\n"), "100"));
    slow.back()->send(std::string(900, 'x'));
  };
  send_most();
  send_most();
  Wire wire(serving.port());
  wire.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'y'));
  const std::string answer = wire.read_answer();
  EXPECT_TRUE(starts(answer, "200")) << answer;
}

TEST(Server, AStreamThatMayNoLongerListenHearsNothingMore) {
  const Serving serving;
  Wire listener(serving.port());
  listener.get("/revocable");
  listener.read_until("data: first\n\n");
  Wire other(serving.port());
  other.get("/revoke");
  other.read_answer();
  other.get("/publish");
  const std::string rest = listener.read_to_end();
  EXPECT_TRUE(has(rest, "event: closing")) << rest;
  EXPECT_FALSE(has(rest, "second")) << rest;
}

TEST(Server, AChannelWithPlacesOfItsOwnTakesThemFromNobodyAndLetsTheOldestGo) {
  ServerOptions options;
  options.max_streams = 1;
  options.max_streams_of_a_channel = 2;
  const Serving serving(options);
  std::vector<std::unique_ptr<Wire>> sites;
  Wire viewer(serving.port());
  viewer.get("/stream");
  viewer.read_until("data: first\n\n");
  for (int i = 0; i < 3; ++i) {
    sites.push_back(std::make_unique<Wire>(serving.port()));
    sites.back()->get("/own");
    sites.back()->read_until("data: first\n\n");
  }
  EXPECT_TRUE(has(sites[0]->read_to_end(), "event: closing"));
  Wire publisher(serving.port());
  publisher.get("/publish");
  for (std::size_t i : {1U, 2U}) EXPECT_TRUE(has(sites[i]->read_until("\n\n"), "second"));
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

}  // namespace
}  // namespace balans::api::test
