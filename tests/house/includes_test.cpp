// Includes point in one direction. The rules are in include_rules.hpp.
#include "tests/house/includes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace balans::house {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A tree with one file of every place, and `path` with one include line planted in it.
std::vector<std::string> planted(const std::string& path, const std::string& include) {
  std::vector<SourceFile> tree;
  for (const char* header :
       {"common/units.hpp", "common/io/mqtt/bus.hpp", "trafo/core/decide.hpp", "trafo/shell.hpp",
        "chargepoint/core/agent.hpp", "chargepoint/shell.hpp", "api/core/journal.hpp", "sim/street.hpp"}) {
    tree.push_back({header, "#pragma once\n"});
  }
  tree.push_back({path, "#pragma once\n#include " + include + "\n"});
  return include_violations(tree);
}

TEST(Includes, PointInOneDirectionInThisTree) {
  const std::vector<SourceFile> tree = read_tree(BALANS_SOURCE_DIR);
  ASSERT_FALSE(tree.empty());
  const std::vector<std::string> violations = include_violations(tree);
  EXPECT_THAT(violations, IsEmpty()) << listed(violations);
}

TEST(Includes, AViolationIsNamedByFileLineAndRule) {
  EXPECT_THAT(planted("trafo/core/planted.cpp", "\"common/io/mqtt/bus.hpp\""),
              ElementsAre("trafo/core/planted.cpp:2: common/io/mqtt/bus.hpp: "
                          "a core includes its own core and common without io"));
}

TEST(Includes, OfWhatLiesBelowAreAllowed) {
  EXPECT_THAT(planted("trafo/core/planted.cpp", "\"common/units.hpp\""), IsEmpty());
  EXPECT_THAT(planted("trafo/planted.cpp", "\"trafo/core/decide.hpp\""), IsEmpty());
  EXPECT_THAT(planted("trafo/planted.cpp", "\"common/io/mqtt/bus.hpp\""), IsEmpty());
  EXPECT_THAT(planted("sim/planted.cpp", "\"chargepoint/core/agent.hpp\""), IsEmpty());
}

TEST(Includes, PureCodeNeverIncludesAdapters) {
  for (const char* path : {"common/planted.hpp", "common/messages/planted.hpp", "common/registers/planted.hpp",
                           "common/crypto/planted.hpp", "common/trade/planted.hpp", "trafo/core/planted.hpp",
                           "chargepoint/core/planted.hpp", "api/core/planted.hpp", "api/ledger/iota/planted.hpp"}) {
    EXPECT_THAT(planted(path, "\"common/io/mqtt/bus.hpp\""), SizeIs(1)) << path;
  }
}

TEST(Includes, LedgersIncludeNoStoreAndNotWhatCarriesThem) {
  EXPECT_THAT(planted("api/ledger/iota/planted.cpp", "\"api/core/journal.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("api/ledger/iota/planted.cpp", "\"api/store/store.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("api/ledger/iota/planted.cpp", "\"api/ledger/shell/http_transport.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("api/ledger/shell/planted.cpp", "\"common/io/mqtt/bus.hpp\""), IsEmpty());
}

TEST(Includes, CommonNeverIncludesAPart) {
  EXPECT_THAT(planted("common/planted.hpp", "\"trafo/core/decide.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("common/io/mqtt/planted.hpp", "\"trafo/core/decide.hpp\""), SizeIs(1));
}

TEST(Includes, PartsNeverIncludeEachOther) {
  EXPECT_THAT(planted("trafo/planted.cpp", "\"chargepoint/core/agent.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("chargepoint/planted.cpp", "\"api/core/journal.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("api/planted.cpp", "\"trafo/core/decide.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("cli/planted.cpp", "\"trafo/core/decide.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("trafo/planted.cpp", "\"sim/street.hpp\""), SizeIs(1));
}

TEST(Includes, CoresNeverIncludeTheirShellAndSimNoShellAtAll) {
  EXPECT_THAT(planted("trafo/core/planted.cpp", "\"trafo/shell.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("sim/planted.cpp", "\"chargepoint/shell.hpp\""), SizeIs(1));
}

TEST(Includes, OutsideLibrariesStayInTheirAdapter) {
  for (const char* header :
       {"<boost/beast/http.hpp>", "<boost/asio/ip/tcp.hpp>", "<modbus/modbus.h>", "<modbus.h>", "<mqtt/async_client.h>",
        "<MQTTAsync.h>", "<sqlite3.h>", "<curl/curl.h>", "<yaml-cpp/yaml.h>", "<sodium.h>"}) {
    EXPECT_THAT(planted("trafo/planted.cpp", header), SizeIs(1)) << header;
    EXPECT_THAT(planted("tests/trafo/planted.cpp", header), SizeIs(1)) << header;
  }
  EXPECT_THAT(planted("api/http/server.cpp", "<boost/beast/http.hpp>"), IsEmpty());
  EXPECT_THAT(planted("api/http/routes/sites.cpp", "<boost/beast/http.hpp>"), SizeIs(1));
  EXPECT_THAT(planted("common/io/modbus/client.cpp", "<modbus/modbus.h>"), IsEmpty());
  EXPECT_THAT(planted("tests/common/io/modbus/client_test.cpp", "<modbus/modbus.h>"), IsEmpty());
  EXPECT_THAT(planted("common/io/config/reader.cpp", "<yaml-cpp/yaml.h>"), IsEmpty());
}

TEST(Includes, PureCodeReachesNothingOutside) {
  for (const char* header : {"<thread>", "<fstream>", "<sys/socket.h>", "<ctime>", "<random>"}) {
    EXPECT_THAT(planted("chargepoint/core/planted.cpp", header), SizeIs(1)) << header;
    EXPECT_THAT(planted("common/io/clock/planted.cpp", header), IsEmpty()) << header;
  }
}

TEST(Includes, AreWrittenFromTheRoot) {
  EXPECT_THAT(planted("trafo/core/planted.cpp", "\"decide.hpp\""), SizeIs(1));
  EXPECT_THAT(planted("trafo/core/planted.cpp", "\"../../common/units.hpp\""), SizeIs(1));
}

TEST(Includes, OfHeadersThatTheBuildWritesFollowTheRulesOfTheirFolder) {
  EXPECT_THAT(planted("api/http/planted.cpp", "\"api/http/page_texts.hpp\""), IsEmpty());
  EXPECT_THAT(planted("trafo/planted.cpp", "\"api/http/page_texts.hpp\""), SizeIs(1));
}

TEST(Includes, OfAFolderWithoutARuleAreRefused) {
  EXPECT_THAT(planted("somewhere/planted.cpp", "\"common/units.hpp\""), SizeIs(1));
}

}  // namespace
}  // namespace balans::house
