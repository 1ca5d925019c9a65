// Whatever ends a program that holds keys, it leaves no core with them.
#include <csignal>
#include <set>

#include "tests/secrets/site_programs.hpp"

namespace balans::test {
namespace {

/// A crash as by a mistake in the program, and one as by BALANS_CHECK.
const std::vector<int> kCrashes{SIGSEGV, SIGABRT};

class CoreDumps : public testing::Test, protected SitePrograms {
 protected:
  CoreDumps() {
    search.plant(keep_key(folder / "api.key", "the api's key"));
    std::ofstream(folder / "api.yaml")
        << "deployment: \"" << std::string(64, '7') << "\"\nlisten: { host: 127.0.0.1, port: 0, "
        << "tls: { certificate: tls.crt, key: tls.key } }\ndatabase: balans.sqlite\nkey: api.key\nsites: []\n";
  }
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "builds with sanitizers stay open to debuggers";
#endif
  }
  [[nodiscard]] Watched start_any(const std::string& name, const Watched::Words& settings = {}) const {
    if (name != "balans-api") return start(name, settings);
    return Watched(folder.path(), {program(name), "--config", "api.yaml", "--events", events(name)}, settings);
  }
  /// With its keys at hand.
  void wait_until_it_works(Watched& program, const std::string& name) {
    if (name == "balans-api")
      EXPECT_TRUE(program.says("listening on")) << program.written();
    else
      EXPECT_TRUE(broker.is_greeted()) << program.written();
  }
  inline static const std::vector<std::string> kPrograms{"balans-trafo", "balans-chargepoint", "balans-api"};
};

TEST_F(CoreDumps, AreNotLeftByAProgramThatHoldsKeys) {
  for (const std::string& name : kPrograms)
    for (const int crash : kCrashes) {
      SCOPED_TRACE(name + ", signal " + std::to_string(crash));
      Watched program = start_any(name);
      wait_until_it_works(program, name);
      const Watched::End end = program.end(crash);
      broker.slam();
      EXPECT_EQ(end.code, -crash);
      EXPECT_FALSE(end.dumped_core);
      EXPECT_TRUE(program.cores().empty());
      search.look_in_file(folder / "said");
      search.look_in_file(folder / events(name));
    }
}

/// The same programs, told to leave a core: the search finds what is in it.
TEST_F(CoreDumps, AreLeftWhereTheyAreAskedForAndTheSearchFindsWhatIsInThem) {
  for (const std::string& name : kPrograms) {
    SCOPED_TRACE(name);
    Watched program = start_any(name, {"BALANS_CORE_DUMPS=1"});
    wait_until_it_works(program, name);
    if (!program.end(SIGABRT).dumped_core) GTEST_SKIP() << "this machine allows no core: the other test proves nothing";
    if (program.cores().empty()) GTEST_SKIP() << "cores of this machine go elsewhere, and cannot be searched";
    const auto found = search.found_in(content_of(program.cores().front()));
    const std::set<std::string> names(found.begin(), found.end());
    EXPECT_TRUE(names.contains("a certificate's key"));
    EXPECT_EQ(names.contains("the broker's password"), name != "balans-api");
    for (const auto& core : program.cores()) std::filesystem::remove(core);
    broker.slam();
  }
}

}  // namespace
}  // namespace balans::test
