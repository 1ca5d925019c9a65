// What balans-trafo and balans-chargepoint are given to keep is in none of their logs and errors.
#include <csignal>

#include "tests/secrets/site_programs.hpp"

namespace balans::test {
namespace {

class SiteSecrets : public testing::Test, protected SitePrograms {
 protected:
  void look_in_what_is_left() const {
    search.look_in_file(folder / "said");
    for (const std::string& name : kSitePrograms) search.look_in_file(folder / events(name));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
      if (entry.path().extension() == ".json" || entry.path().extension() == ".jsonl")
        search.look_in_file(entry.path());
  }
  void expect_refusal(const std::string& name, const std::string& what) {
    Watched program = start(name);
    EXPECT_EQ(program.end().code, 2) << what;
    look_in_what_is_left();
  }
};

TEST_F(SiteSecrets, AreInNoLogWhenNobodyAnswers) {
  for (const std::string& name : kSitePrograms) {
    Watched program = start(name);
    EXPECT_TRUE(broker.is_greeted());
    broker.slam();
    EXPECT_TRUE(program.says("broker-lost", events(name))) << program.written(events(name));
    program.signal(SIGHUP);
    EXPECT_TRUE(program.says("reloaded", events(name))) << program.written(events(name));
    EXPECT_EQ(program.end(SIGTERM).code, 0);
  }
  look_in_what_is_left();
}

TEST_F(SiteSecrets, AreInNoErrorOfAWrongFile) {
  const std::string trafo_key = hex_of(key_of("the controller's key")), device_key = hex_of(key_of("the device's key"));
  write_site(trafo_key);
  write_agent(device_key);
  for (const std::string& name : kSitePrograms) expect_refusal(name, "a key for its file's name");
  write_site("trafo.key", trafo_key);
  write_agent("device.key", device_key);
  for (const std::string& name : kSitePrograms) expect_refusal(name, "a key for a number");
  write_site();
  write_agent();
  write_private(folder / "trafo.key", trafo_key.substr(1) + "\n");
  write_private(folder / "device.key", device_key + "0\n");
  for (const std::string& name : kSitePrograms) expect_refusal(name, "a key of the wrong length");
  write_private(folder / "trafo.key", trafo_key);
  write_private(folder / "device.key", device_key);
  for (const char* file : {"trafo.key", "device.key"})
    std::filesystem::permissions(folder / file, std::filesystem::perms(0644));
  for (const std::string& name : kSitePrograms) expect_refusal(name, "a key that others can read");
}

}  // namespace
}  // namespace balans::test
