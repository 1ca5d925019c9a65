#pragma once
// A real balans-api, a node of IOTA that answers over HTTP, and the real `balans wallet` at them.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <functional>
#include <thread>

#include "api/http/server.hpp"
#include "tests/api/program.hpp"
#include "tests/api/wallet_node.hpp"
#include "tests/cli/machine.hpp"

namespace balans::cli::test {

/// Answers every request with what a function makes of it.
class Answering final : public api::Handler {
 public:
  using Answer = std::function<api::Response(const api::Request&)>;
  explicit Answering(Answer answer)
      : answer_(std::move(answer)), server_(*api::Server::listen(local())), port_(server_->port()) {
    thread_ = std::jthread([this] { server_->run(*this, [] {}); });
  }
  ~Answering() override { server_->stop(); }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  std::variant<api::BodyLimit, api::Response> admit(const api::RequestHead&) override {
    return api::BodyLimit{300'000};
  }
  void handle(api::Request request, api::Reply reply) override { reply(answer_(request)); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  static api::ServerOptions local() {
    api::ServerOptions options;
    options.host = "127.0.0.1";
    return options;
  }

  Answer answer_;
  std::unique_ptr<api::Server> server_;
  std::uint16_t port_;
  std::jthread thread_;
};

class WalletMachine : public Machine {
 protected:
  using Node = api::test::WalletNode;

  WalletMachine() {
    std::filesystem::create_directories(config());
    write("api.yaml", "deployment: \"" + std::string(64, '7') +
                          "\"\nlisten: { host: 127.0.0.1, port: 0 }\ndatabase: balans.sqlite\nsites: []\n"
                          "settlement:\n  iota:\n    endpoints: [\"" +
                          node_.url() + "\"]\n    chain: \"" + Node::kChain + "\"\n    genesis: \"" + Node::genesis() +
                          "\"\n");
    secret("token", api::test::first_line_of("token add test --scope administer", config("api.yaml")));
    secret("password", "correct horse battery");
    api_.emplace(config("api.yaml"), config("events.jsonl"));
    url_ = "http://127.0.0.1:" + std::to_string(api_->port());
  }

  /// A file that nobody else reads.
  void secret(const std::string& name, const std::string& content) const {
    EXPECT_TRUE(write_file_durably(config(name), content + "\n", FileMode::Private).ok());
  }
  ProgramAnswer wallet(const Words& words, const std::string& url = "") const {
    return balans(Words{"wallet"} + words +
                  Words{"--api", url.empty() ? url_ : url, "--token-file", config("token").string()});
  }
  [[nodiscard]] Words password() const { return {"--password-file", config("password").string()}; }
  void open_account() const {
    HttpRequest request;
    request.method = HttpMethod::Post;
    request.url = url_ + "/v1/accounts";
    request.body = std::string(R"({"id":")") + kAccount + R"(","asset":"IOTA","kind":"household","owner":"anna"})";
    request.headers = {{"Authorization", "Bearer " + text("token").substr(0, text("token").find('\n'))},
                       {"Idempotency-Key", "account"},
                       {"Content-Type", "application/json"}};
    const auto answer = HttpClient().send(request);
    EXPECT_TRUE(answer.ok() && answer->status == 201) << (answer ? answer->body : answer.error().message());
  }
  /// What stands in that line of what was printed.
  static std::string line(const std::string& printed, const std::string& name) {
    const std::size_t at = printed.find(name + " ");
    if (at == std::string::npos) return "";
    const std::size_t from = printed.find_first_not_of(' ', at + name.size());
    return printed.substr(from, printed.find('\n', from) - from);
  }

  static constexpr const char* kAccount = "018f00000000000000000000000000a1";
  inline static const std::string kSomebody = "0x" + std::string(64, '7');
  Node chain_;  ///< touched by the node's thread while a program runs
  Answering node_{[this](const api::Request& request) {
    const auto answer = chain_.post("", request.body);
    return api::Response{answer ? 200 : 503, "application/json", {}, answer ? *answer : ""};
  }};
  std::optional<api::test::Program> api_;
  std::string url_;
};

}  // namespace balans::cli::test
