#include "common/io/mqtt/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>
#include <utility>

namespace balans {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSlice{100};  // how soon a stop is noticed while waiting
constexpr milliseconds kSubscribeWait{3000};
constexpr milliseconds kCloseWait{400};  // twice this is part of the two seconds in which a program ends
// The library looks for connections that take too long only every three seconds.
constexpr milliseconds kLibraryGrace{5000};
// On the wire at once; the broker may allow fewer. What is beyond waits a second in the library, so a limit for each
// agent has to fit.
constexpr int kUnacknowledged = 600;

std::string uri(const BrokerAddress& broker) {
  const bool ipv6 = broker.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", broker.tls ? "ssl" : "tcp", ipv6 ? "[" : "", broker.host, ipv6 ? "]" : "",
                     broker.port);
}

mqtt::create_options create_options(const BusOptions& options) {
  mqtt::create_options create(MQTTVERSION_5);
  create.set_send_while_disconnected(false);
  create.set_max_buffered_messages(static_cast<int>(options.max_in_flight));
  return create;
}

mqtt::ssl_options ssl_options(const TlsFiles& files) {
  mqtt::ssl_options ssl;
  ssl.set_trust_store(files.ca.string());
  if (files.certificate) ssl.set_key_store(files.certificate->string());
  if (files.key) ssl.set_private_key(files.key->string());
  ssl.set_enable_server_cert_auth(true);
  ssl.set_verify(true);  // the name in the certificate too
  return ssl;
}

mqtt::const_message_ptr message_of(const Publication& publication) {
  mqtt::properties properties;
  if (publication.expiry) {
    constexpr std::chrono::seconds kLongest(std::numeric_limits<std::int32_t>::max());
    const auto seconds = std::clamp(*publication.expiry, std::chrono::seconds(1), kLongest).count();
    properties.add(mqtt::property(mqtt::property::MESSAGE_EXPIRY_INTERVAL, static_cast<std::int32_t>(seconds)));
  }
  const int qos = publication.qos == Qos::AtLeastOnce ? 1 : 0;
  const bool retain = publication.retain == Retain::Yes;
  return std::make_shared<mqtt::message>(publication.topic, publication.payload.data(), publication.payload.size(), qos,
                                         retain, properties);
}

// No v5 properties: the library's options lose them on copy. Session expiry is 0 without one.
mqtt::connect_options connect_options(const BusOptions& options) {
  mqtt::connect_options connect;
  connect.set_mqtt_version(MQTTVERSION_5);
  connect.set_clean_start(true);
  connect.set_automatic_reconnect(false);
  connect.set_keep_alive_interval(options.keepalive);
  connect.set_connect_timeout(std::chrono::ceil<std::chrono::seconds>(options.connect_timeout));
  connect.set_max_inflight(kUnacknowledged);
  if (options.will) {
    connect.set_will(mqtt::will_options(options.will->topic, options.will->payload.data(), options.will->payload.size(),
                                        options.will->qos == Qos::AtLeastOnce ? 1 : 0,
                                        options.will->retain == Retain::Yes));
  }
  if (options.broker.username) connect.set_user_name(*options.broker.username);
  if (options.broker.password) connect.set_password(*options.broker.password);
  if (options.broker.tls) connect.set_ssl(ssl_options(*options.broker.tls));
  return connect;
}

}  // namespace

Connection::Connection(const BusOptions& options, ConnectionEvents events)
    : options_(options),
      events_(std::move(events)),
      client_(uri(options.broker), options.client_id, create_options(options)) {
  client_.set_message_callback([this](const mqtt::const_message_ptr& message) {
    events_.on_message(
        {message->get_topic(), message->get_payload_str(), message->is_retained() ? Retain::Yes : Retain::No});
  });
  client_.set_connection_lost_handler(
      [this](const std::string& cause) { events_.on_lost(cause.empty() ? "connection lost" : cause); });
  client_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode code) {
    const char* name = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
    events_.on_lost(fmt::format("the broker ended the connection: {}", name == nullptr ? "no reason" : name));
  });
}

Connection::~Connection() = default;

Result<void> Connection::wait(const mqtt::token_ptr& token, milliseconds timeout, const std::string& what,
                              const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!token->wait_for(kSlice)) {
    if (stop.stop_requested()) return Error{what, "stopped"};
    if (std::chrono::steady_clock::now() >= deadline) {
      stuck_ = true;
      return Error{what, fmt::format("no answer within {} ms", timeout.count())};
    }
  }
  return {};
}

Result<void> Connection::open(const std::stop_token& stop) {
  const std::string where = uri(options_.broker);
  in_flight_.clear();
  try {
    const auto token = client_.connect(connect_options(options_));
    if (auto connected = wait(token, options_.connect_timeout + kLibraryGrace, where, stop); !connected.ok()) {
      return connected;
    }
    for (const Subscription& subscription : options_.subscriptions) {
      if (auto granted = subscribe(subscription, stop); !granted.ok()) {
        abandon();
        return granted.error().within(where);
      }
    }
    return {};
  } catch (const std::exception& problem) {
    abandon();
    return Error{where, problem.what()};
  }
}

Result<void> Connection::subscribe(const Subscription& subscription, const std::stop_token& stop) {
  const std::string what = "subscribe " + subscription.filter;
  try {
    const auto token = client_.subscribe(subscription.filter, subscription.qos == Qos::AtLeastOnce ? 1 : 0);
    return wait(token, kSubscribeWait, what, stop);
  } catch (const std::exception& problem) {  // a refusal arrives as an exception of the wait
    return Error{what, problem.what()};
  }
}

void Connection::abandon() {
  try {
    if (client_.is_connected()) client_.disconnect(0)->wait_for(kCloseWait);
  } catch (const std::exception&) {
    // It was not connected any more, which is what we wanted.
  }
}

Result<void> Connection::publish(const Publication& publication) {
  while (!in_flight_.empty() && in_flight_.front()->is_complete()) in_flight_.pop_front();
  if (in_flight_.size() >= options_.max_in_flight)
    return Error{publication.topic, fmt::format("{} messages are unacknowledged already", in_flight_.size())};
  try {
    in_flight_.push_back(client_.publish(message_of(publication)));
    return {};
  } catch (const std::exception& problem) {
    return Error{publication.topic, problem.what()};
  }
}

void Connection::close(const std::optional<Publication>& last_words) {
  try {
    if (!client_.is_connected()) return;
    if (last_words) client_.publish(message_of(*last_words))->wait_for(kCloseWait);
  } catch (const std::exception&) {
    // Lost meanwhile: the broker speaks the will itself.
  }
  abandon();
}

}  // namespace balans
