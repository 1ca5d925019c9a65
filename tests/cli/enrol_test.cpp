// The real `balans enrol` at a running api.
#include <gmock/gmock.h>

#include "cli/check/config_facts.hpp"
#include "common/io/runtime/keys.hpp"
#include "tests/api/program.hpp"
#include "tests/cli/machine.hpp"

namespace balans::cli::test {
namespace {

using api::test::first_line_of;
using api::test::Program;
using testing::HasSubstr;

class Enrol : public testing::Test, public Machine {
 protected:
  void SetUp() override {
    const auto made = init(Words{"trafo"} + kSite);
    ASSERT_EQ(made.code, 0) << made.err;
    const auto site = read_site_facts(config("site.yaml"));
    ASSERT_TRUE(site) << site.error().message();
    write("api.yaml", "deployment: \"" + to_hex(site->deployment.bytes) +
                          "\"\nlisten: { host: 127.0.0.1, port: 0 }\ndatabase: balans.sqlite\nsites: []\n");
    api_.emplace(config("api.yaml"), config("events.jsonl"));
    url_ = "http://127.0.0.1:" + std::to_string(api_->port());
  }
  std::string code() const { return first_line_of("site pair", config("api.yaml")); }
  ProgramAnswer enrol(const std::string& code) const {
    return balans({"enrol", "--api", url_, "--code", code, "--site", config("site.yaml").string()});
  }

  std::optional<Program> api_;
  std::string url_;
};

TEST_F(Enrol, WithACodeTheSiteIsKnownAndIsToldTheApisKey) {
  const auto done = enrol(code());
  ASSERT_EQ(done.code, 0) << done.err;
  const auto key = load_signer(config("api.key"));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_THAT(done.out, HasSubstr("elm-street is enrolled"));
  const std::string to_write =
      "\napi:\n  url: \"" + url_ + "\"\n  key: \"" + to_hex((*key)->public_key().bytes) + "\"\n";
  EXPECT_THAT(done.out, HasSubstr(to_write));
  EXPECT_THAT(first_line_of("site list", config("api.yaml")), HasSubstr("elm-street"));
  write("site.yaml", text("site.yaml") + to_write);
  EXPECT_TRUE(accepts("balans-trafo", "site.yaml"));
}

TEST_F(Enrol, AWrongCodeOrNoApiAtAllIsSaidAndEnrolsNobody) {
  const auto wrong = enrol("nobody-has-made-it");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr(url_ + ": answers 4"));
  EXPECT_EQ(first_line_of("site list", config("api.yaml")), "");
  const std::string good = code();
  api_->end(SIGTERM);
  const auto nobody = enrol(good);
  EXPECT_EQ(nobody.code, 1);
  EXPECT_THAT(nobody.err, HasSubstr("balans enrol: "));
}

}  // namespace
}  // namespace balans::cli::test
