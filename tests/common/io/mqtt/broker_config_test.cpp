#include "common/io/mqtt/broker_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_folder.hpp"

namespace balans {
namespace {

using test::TempFolder;
using ::testing::HasSubstr;

struct Read {
  BrokerAddress broker;
  std::string problem;
};

Read read(const std::string& text, const std::filesystem::path& folder = "conf") {
  const auto file = config::File::parse("broker: " + text, folder / "site.yaml");
  if (!file.ok()) return {{}, file.error().message()};
  Read result;
  result.broker = read_broker(file->root().section("broker"));
  const auto finished = file->finish();
  if (!finished.ok()) result.problem = finished.error().message();
  return result;
}

TEST(BrokerConfig, IsAHostAndAPort) {
  const Read result = read("{ host: broker.local, port: 1883 }");
  EXPECT_EQ(result.problem, "");
  EXPECT_EQ(result.broker.host, "broker.local");
  EXPECT_EQ(result.broker.port, 1883);
  EXPECT_FALSE(result.broker.tls.has_value());
}

TEST(BrokerConfig, MayHaveTlsAndAPassword) {
  const TempFolder folder;
  std::ofstream(folder / "password") << "secret\n";
  ::chmod((folder / "password").c_str(), 0600);
  const Read result = read(
      "{ host: h, port: 8883, tls: { ca: ca.pem, cert: me.pem, key: me.key }, username: u, password_file: password }",
      folder.path());
  EXPECT_EQ(result.problem, "");
  EXPECT_EQ(result.broker.tls->ca, folder / "ca.pem");
  EXPECT_EQ(result.broker.tls->key, folder / "me.key");
  EXPECT_EQ(result.broker.username, "u");
  EXPECT_EQ(result.broker.password, "secret");
}

TEST(BrokerConfig, IsRefusedWhenItIsHalf) {
  EXPECT_THAT(read("{ host: h, port: 1, tls: { ca: a, cert: b } }").problem, HasSubstr("both cert and key"));
  EXPECT_THAT(read("{ host: h, port: 0 }").problem, HasSubstr("broker.port: 0 is outside 1..65535"));
  EXPECT_THAT(read("{ host: h, port: 1, username: u, password_file: none.txt }").problem,
              HasSubstr("none.txt: cannot be opened"));
}

}  // namespace
}  // namespace balans
