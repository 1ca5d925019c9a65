// The least that holds the same links as Balans: what its figures are measured against.
//   balans_bare subscribe BROKER_PORT TLS_FOLDER NAME PUBLIC_KEY MODBUS_PORT UNIT
//     verifies each message of bare/NAME and writes its value to the charger.
//   balans_bare publish BROKER_PORT TLS_FOLDER NAMES METER_PORT
//     prints its public key, connects to the meter, then signs and publishes a message to bare/charger-1 … for each
//     line of its input, which is the value to write; prints the line when all are handed over.
// No configuration, no state, no renewal, no safety: nothing that could be left out is here.

#include <arpa/inet.h>
#include <mqtt/async_client.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

namespace {

constexpr std::size_t kMessageBytes = 640;  // about what a limit has

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the call takes
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/// Function 16, two registers at 1210: the limit as a float. Waits for the answer.
void write_limit(int fd, int unit, float amps) {
  std::array<unsigned char, 17> request{0,  1,         0,           0, 0, 11, static_cast<unsigned char>(unit),
                                        16, 1210 >> 8, 1210 & 0xFF, 0, 2, 4};
  std::uint32_t bits = 0;
  std::memcpy(&bits, &amps, sizeof bits);
  bits = htonl(bits);
  std::memcpy(&request[13], &bits, sizeof bits);
  std::array<unsigned char, 12> answer{};
  if (send(fd, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) die("send");
  if (recv(fd, answer.data(), answer.size(), MSG_WAITALL) != static_cast<ssize_t>(answer.size()) || answer[7] != 16)
    die("the charger's answer");
}

mqtt::connect_options options_for(const std::string& tls, const std::string& name) {
  mqtt::ssl_options ssl;
  ssl.set_trust_store(tls + "/ca.crt");
  ssl.set_key_store(tls + "/" + name + ".crt");
  ssl.set_private_key(tls + "/" + name + ".key");
  ssl.set_enable_server_cert_auth(true);
  ssl.set_verify(true);
  mqtt::connect_options connect;
  connect.set_mqtt_version(MQTTVERSION_5);
  connect.set_clean_start(true);
  connect.set_max_inflight(600);
  connect.set_ssl(ssl);
  return connect;
}

std::string uri(const char* port) { return std::string("ssl://127.0.0.1:") + port; }

int subscribe(char** arguments) {
  const std::string name = arguments[2];
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key{};
  if (sodium_hex2bin(key.data(), key.size(), arguments[3], std::strlen(arguments[3]), nullptr, nullptr, nullptr) != 0)
    die("the public key");
  const int charger = connect_to(std::atoi(arguments[4]));
  const int unit = std::atoi(arguments[5]);
  mqtt::async_client client(uri(arguments[0]), "bare-" + name, mqtt::create_options(MQTTVERSION_5));
  client.set_message_callback([&](const mqtt::const_message_ptr& message) {
    const auto& payload = message->get_payload();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    const auto* bytes = reinterpret_cast<const unsigned char*>(payload.data());
    if (payload.size() != kMessageBytes ||
        crypto_sign_verify_detached(bytes, bytes + crypto_sign_BYTES, kMessageBytes - crypto_sign_BYTES, key.data()))
      die("a message");
    write_limit(charger, unit, std::strtof(payload.data() + crypto_sign_BYTES, nullptr));
  });
  client.connect(options_for(arguments[1], name))->wait();
  client.subscribe("bare/" + name, 1)->wait();
  std::puts("ready");
  std::fflush(stdout);
  pause();
  return 0;
}

int publish(char** arguments) {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  crypto_sign_keypair(key.data(), secret.data());
  std::array<char, 2 * crypto_sign_PUBLICKEYBYTES + 1> hex{};
  std::puts(sodium_bin2hex(hex.data(), hex.size(), key.data(), key.size()));
  std::fflush(stdout);
  const int chargers = std::atoi(arguments[2]);
  connect_to(std::atoi(arguments[3]));
  mqtt::create_options room(MQTTVERSION_5);
  room.set_max_buffered_messages(1000);
  mqtt::async_client client(uri(arguments[0]), "bare-controller", room);
  client.connect(options_for(arguments[1], "bare-controller"))->wait();
  for (std::string line; std::getline(std::cin, line);) {
    for (int i = 1; i <= chargers; ++i) {
      std::string message(kMessageBytes, ' ');
      message.replace(crypto_sign_BYTES, line.size(), line);
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
      auto* bytes = reinterpret_cast<unsigned char*>(message.data());
      crypto_sign_detached(bytes, nullptr, bytes + crypto_sign_BYTES, kMessageBytes - crypto_sign_BYTES, secret.data());
      client.publish("bare/charger-" + std::to_string(i), message.data(), message.size(), 1, false);
    }
    std::puts(line.c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) die("libsodium");
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "subscribe" && argc == 8) return subscribe(argv + 2);
  if (what == "publish" && argc == 6) return publish(argv + 2);
  std::fputs("usage: balans_bare subscribe|publish …\n", stderr);
  return 2;
}
