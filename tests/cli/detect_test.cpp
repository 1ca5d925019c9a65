#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <thread>

#include "cli/agent_part.hpp"
#include "cli/scan.hpp"
#include "common/io/modbus/serial_server.hpp"
#include "common/io/modbus/server.hpp"
#include "common/registers/image.hpp"
#include "tests/cli/devices.hpp"

namespace balans::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kExpect = ", expect: ACME-1";

/// A server with one virtual device, and the files that detection knows.
class Detect : public testing::Test {
 protected:
  void know(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / (name + ".yaml")) << text;
    auto loaded = load_catalogue(folder_.path());
    ASSERT_TRUE(loaded.ok());
    ASSERT_THAT(loaded->refused, IsEmpty());
    catalogue_ = *std::move(loaded);
  }
  void serve(const DeviceDescription& device, std::map<std::uint8_t, Transport*> others = {}) {
    image_ = std::make_unique<RegisterImage>(device);
    if (device.find(QuantityId::VoltageL1) != nullptr) (void)image_->set(QuantityId::VoltageL1, 230'000).ok();
    others[7] = image_.get();
    auto server = ModbusTcpServer::start({}, others, [this](auto&&...) { ++writes_; });
    ASSERT_TRUE(server.ok());
    server_ = *std::move(server);
  }
  ScanResult find(std::vector<std::uint8_t> units = {7}) {
    ScanOptions options;
    options.hosts = {{"127.0.0.1", server_->port()}};
    options.units = std::move(units);
    return scan(options, catalogue_, [this](const std::string& what) { said_ += what + "\n"; });
  }
  const DeviceDescription& device(std::size_t n = 0) { return catalogue_.files.at(n).description; }

  test::TempFolder folder_;
  Catalogue catalogue_;
  std::unique_ptr<RegisterImage> image_;
  std::unique_ptr<ModbusTcpServer> server_;
  std::string said_;
  std::atomic<int> writes_ = 0;
};

/// Has unit 7 only, and hangs up on whoever asks for another.
class Touchy {
 public:
  Touchy() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Touchy() {
    ::shutdown(listener_, SHUT_RDWR);  // ends its accept()
    thread_.join();
    ::close(listener_);
  }
  Touchy(const Touchy&) = delete;
  Touchy& operator=(const Touchy&) = delete;
  std::uint16_t port = 0;

 private:
  void serve() const {
    for (int peer = ::accept(listener_, nullptr, nullptr); peer >= 0; peer = ::accept(listener_, nullptr, nullptr)) {
      std::array<std::uint8_t, 12> asked{};
      while (::recv(peer, asked.data(), asked.size(), MSG_WAITALL) == std::ssize(asked) && asked[6] == 7) {
        const auto refused = static_cast<std::uint8_t>(asked[7] | 0x80);
        const std::array<std::uint8_t, 9> answer{asked[0], asked[1], 0, 0, 0, 3, 7, refused, 2};
        (void)::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      ::close(peer);
    }
  }

  const int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread thread_;
};

TEST_F(Detect, AHostThatHangsUpOnOtherUnitsIsFoundAllTheSame) {
  Touchy host;
  ScanOptions options;
  options.hosts = {{"127.0.0.1", host.port}};
  options.units = {1, 7};
  const ScanResult result = scan(options, catalogue_, [](const std::string&) {});
  ASSERT_THAT(result.found, SizeIs(1));
  EXPECT_THAT(result.found[0].units, testing::ElementsAre(7));
  EXPECT_THAT(result.unreachable, IsEmpty());
}

TEST_F(Detect, ADeviceIsRecognisedByItsExpectedIdentityAndGivesAReadyPart) {
  know("acme", kCharger);
  serve(device());
  const ScanResult result = find();
  ASSERT_THAT(result.found, SizeIs(1));
  ASSERT_NE(result.found[0].recognition.claimed(), nullptr);
  const std::string text = found_text(result);
  EXPECT_THAT(text, HasSubstr("recognised: " + device().name + ", Acme One"));
  EXPECT_THAT(text, HasSubstr("'ACME-1' stands in holding register 5"));
  EXPECT_THAT(text, HasSubstr("unit: 7\n"));
  EXPECT_THAT(text, HasSubstr("revert_s: none"));
  EXPECT_THAT(said_, HasSubstr("unit 7 answers"));
  EXPECT_EQ(writes_, 0);
  EXPECT_TRUE(boost::json::parse(found_json(result)).at("found").at(0).at("recognised").is_string());
}

TEST_F(Detect, AnIdentityThatNobodyExpectsIsNoProof) {
  know("acme", with(kCharger, kExpect, ""));
  serve(device());
  const ScanResult result = find();
  ASSERT_THAT(result.found, SizeIs(1));
  EXPECT_EQ(result.found[0].recognition.claimed(), nullptr);
  EXPECT_THAT(result.found[0].recognition.fitting, SizeIs(1));
  EXPECT_THAT(found_text(result), HasSubstr("which nothing proves"));
  EXPECT_TRUE(boost::json::parse(found_json(result)).at("found").at(0).at("recognised").is_null());
}

TEST_F(Detect, ASmallNumberCouldStandAnywhere) {
  know("acme", with(kCharger, "type: text, registers: 4, expect: ACME-1", "type: u16, expect: 3"));
  serve(device());
  EXPECT_EQ(find().found.at(0).recognition.claimed(), nullptr);
}

TEST_F(Detect, AnotherIdentityIsAnotherDevice) {
  know("acme", kCharger);
  serve(device());
  const std::uint16_t other = 0x5858;
  server_->locked([&] { image_->set_words(ReadFunction::HoldingRegisters, 5, std::span(&other, 1)); });
  const ScanResult result = find();
  EXPECT_THAT(result.found.at(0).recognition.proved, IsEmpty());
  EXPECT_THAT(result.found.at(0).recognition.fitting, IsEmpty());
  EXPECT_THAT(found_text(result), HasSubstr("is like no device file"));
}

TEST_F(Detect, TwoFilesWithOneIdentityAreAmbiguous) {
  know("acme", kCharger);
  know("acme_two", with(kCharger, "model: One", "model: Two"));
  serve(device());
  const ScanResult result = find();
  EXPECT_EQ(result.found.at(0).recognition.claimed(), nullptr);
  EXPECT_THAT(result.found.at(0).recognition.proved, SizeIs(2));
  EXPECT_THAT(found_text(result), HasSubstr("ambiguous"));
}

TEST_F(Detect, UnitsThatAnswerAlikeAreOneFinding) {
  know("acme", kCharger);
  RegisterImage twin(device());
  (void)twin.set(QuantityId::VoltageL1, 230'000).ok();
  serve(device(), {{1, &twin}});
  const ScanResult result = find({1, 7});
  ASSERT_THAT(result.found, SizeIs(1));
  EXPECT_THAT(result.found[0].units, testing::ElementsAre(1, 7));
  EXPECT_THAT(found_text(result), HasSubstr("one device that takes any unit id, or several alike"));
  EXPECT_THAT(found_text(result), HasSubstr("unit: 7\n")) << "its usual one";
}

TEST_F(Detect, ASunSpecDeviceIsRecognisedByItsModelsAndTellsItsMaker) {
  auto loaded = load_catalogue("config/devices/inverters");
  ASSERT_TRUE(loaded.ok());
  for (DeviceFile& file : loaded->files)
    if (file.description.name == "inverters/sunspec_pv") catalogue_.files.push_back(std::move(file));
  ASSERT_THAT(catalogue_.files, SizeIs(1));
  serve(device());
  (void)image_->set_rated_power(5000_W).ok();
  const std::uint16_t maker[] = {0x4163, 0x6D65};
  server_->locked([&] { image_->set_words(ReadFunction::HoldingRegisters, 40004, maker); });
  const ScanResult result = find();
  ASSERT_NE(result.found.at(0).recognition.claimed(), nullptr);
  EXPECT_EQ(result.found[0].recognition.sunspec->maker, "Acme");
  EXPECT_THAT(found_text(result), HasSubstr("max_feed_a"));
}

TEST_F(Detect, AHostThatIsNotThereIsSaid) {
  know("acme", kCharger);
  serve(device());
  server_->set_answering(Answering::Refusing);
  EXPECT_THAT(find().found, IsEmpty());
  server_->set_answering(Answering::Normal);
  EXPECT_THAT(found_text(find({99})), HasSubstr("nothing answers"));
}

TEST_F(Detect, ALineIsScannedUntilASettingAnswers) {
  know("acme", kCharger);
  RegisterImage image(device());
  (void)image.set(QuantityId::VoltageL1, 230'000).ok();
  auto line = ModbusSerialServer::start({{7, &image}});
  ASSERT_TRUE(line.ok());
  ScanOptions options;
  options.lines = {(*line)->device()};
  options.units = {7};
  options.formats = {SerialFormat{19200, 8, 'E', 1}, SerialFormat{9600, 8, 'N', 1}};
  const ScanResult result = scan(options, catalogue_, [this](const std::string& what) { said_ += what + "\n"; });
  ASSERT_THAT(result.found, SizeIs(1)) << said_;
  EXPECT_THAT(found_text(result), HasSubstr("baud: 19200, format: 8E1"));
  EXPECT_THAT(said_, HasSubstr("no others are tried"));
}

TEST_F(Detect, TheSettingsThatFilesNameAreTriedFirst) {
  know("acme", kCharger);
  EXPECT_EQ(usual_formats(catalogue_).front(), (SerialFormat{19200, 8, 'E', 1}));
  EXPECT_THAT(usual_units(catalogue_, true), testing::Contains(7));
}

}  // namespace
}  // namespace balans::cli
