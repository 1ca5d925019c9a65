#include "common/io/pairing/channel.hpp"

#include <algorithm>

#include "common/io/runtime/keys.hpp"

namespace balans::pairing {
namespace {

constexpr std::string_view kHello = "balans-pair/1\n";
constexpr std::string_view kChannel = "balans-pair/1: an agent asks, the controller of its site answers";
constexpr std::string_view kAgent = "agent ";
constexpr std::string_view kTrafo = "trafo ";
constexpr std::size_t kNonce = 16;
constexpr std::size_t kShare = 32;
constexpr std::size_t kTag = 64;
constexpr std::size_t kMostAssociated = 64;

const Error kStranger{"", "the other side does not speak this protocol"};
const Error kRefused{"", "the code is wrong, or the other side knew no code"};

template <std::size_t N>
std::string_view text_of(const std::array<std::uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

template <std::size_t N>
std::array<std::uint8_t, N> bytes_of(std::string_view text) {
  std::array<std::uint8_t, N> bytes{};
  std::copy_n(text.begin(), std::min(N, text.size()), bytes.begin());
  return bytes;
}

std::string nonce() { return std::string(text_of(random_bytes32()).substr(0, kNonce)); }

std::string frame_of(const cpace::Message& message) {
  return std::string(text_of(message.share)).append(message.associated);
}

Result<cpace::Message> receive_share(Wire& wire, Deadline deadline) {
  const auto frame = wire.receive(kShare + kMostAssociated, deadline);
  if (!frame) return frame.error();
  if (frame->size() < kShare) return kStranger;
  return cpace::Message{bytes_of<kShare>(*frame), frame->substr(kShare)};
}

Result<Bytes64> receive_tag(Wire& wire, Deadline deadline) {
  const auto frame = wire.receive(kTag, deadline);
  if (!frame) return frame.error();
  if (frame->size() != kTag) return kStranger;
  return bytes_of<kTag>(*frame);
}

/// The name behind "agent " or "trafo ".
template <class Name>
Result<std::string> name_behind(std::string_view associated, std::string_view role) {
  if (!associated.starts_with(role)) return kStranger;
  const auto name = Name::parse(associated.substr(role.size()));
  return name ? Result<std::string>(name->str()) : Result<std::string>(kStranger);
}

SealedStream stream(const cpace::Session& session, std::string_view direction) {
  const std::string purpose = std::string("balans-pair/1 ").append(direction);
  return {session.derive(purpose), bytes_of<24>(text_of(session.derive(purpose + " header").bytes))};
}

}  // namespace

Code Code::fresh() {
  constexpr std::uint64_t kCodes = 1'000'000;
  constexpr std::uint64_t kMost = UINT64_MAX - UINT64_MAX % kCodes;
  std::uint64_t number = random_u64();
  while (number >= kMost) number = random_u64();
  std::string digits = std::to_string(number % kCodes);
  return Code(digits.insert(0, 6 - digits.size(), '0'));
}

Result<Code> Code::parse(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != ' ' && c != '\r' && c != '\n') digits.push_back(c);
  const bool right = digits.size() == 6 && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  return right ? Result<Code>(Code(digits)) : Result<Code>(Error{"code", "expected six digits"});
}

Channel::Channel(Wire wire, const cpace::Session& session, cpace::Role role)
    : wire_(std::move(wire)),
      out_(stream(session, role == cpace::Role::Initiator ? "from the agent" : "to the agent")),
      in_(stream(session, role == cpace::Role::Initiator ? "to the agent" : "from the agent")),
      binding_(session.derive("balans-pair/1 binding").bytes) {}

Result<void> Channel::send(std::string_view message, Deadline deadline) {
  return wire_.send(out_.seal(message), deadline);
}

Result<std::string> Channel::receive(Deadline deadline) {
  const auto sealed = wire_.receive(kMaxMessage + kSealOverhead, deadline);
  if (!sealed) return sealed.error();
  return in_.open(*sealed);
}

Result<Channel> open_as_agent(Wire wire, const Code& code, const AgentId& agent, Deadline deadline) {
  const std::string mine = nonce();
  if (const auto sent = wire.send(std::string(kHello) + mine, deadline); !sent) return sent.error();
  const auto theirs = wire.receive(kNonce, deadline);
  if (!theirs) return theirs.error();
  if (theirs->size() != kNonce) return kStranger;
  const std::string session_name = mine + *theirs;
  const cpace::Exchange exchange(cpace::Role::Initiator, {code.digits(), kChannel, session_name}, random_bytes32(),
                                 std::string(kAgent) + agent.str());
  if (const auto sent = wire.send(frame_of(exchange.own()), deadline); !sent) return sent.error();
  const auto answer = receive_share(wire, deadline);
  if (!answer) return answer.error();
  const auto site = name_behind<SiteId>(answer->associated, kTrafo);
  if (!site) return site.error();
  const auto session = exchange.finish(*answer);
  if (!session) return session.error();
  if (const auto sent = wire.send(text_of(session->own_tag()), deadline); !sent) return sent.error();
  const auto tag = receive_tag(wire, deadline);
  if (!tag) return Error{"", tag.error().what + ": most likely the code is wrong"};
  if (!session->accepts(*tag)) return kRefused;
  Channel channel(std::move(wire), *session, cpace::Role::Initiator);
  channel.peer_ = *site;
  return channel;
}

Result<Channel> open_as_trafo(Wire wire, const Code& code, const SiteId& site, Deadline deadline, bool& spent) {
  spent = false;
  const auto hello = wire.receive(kHello.size() + kNonce, deadline);
  if (!hello) return hello.error();
  if (hello->size() != kHello.size() + kNonce || !hello->starts_with(kHello)) return kStranger;
  const std::string mine = nonce();
  if (const auto sent = wire.send(mine, deadline); !sent) return sent.error();
  const std::string session_name = hello->substr(kHello.size()) + mine;
  const auto asked = receive_share(wire, deadline);
  if (!asked) return asked.error();
  const auto agent = name_behind<AgentId>(asked->associated, kAgent);
  if (!agent) return agent.error();
  const cpace::Exchange exchange(cpace::Role::Responder, {code.digits(), kChannel, session_name}, random_bytes32(),
                                 std::string(kTrafo) + site.str());
  const auto session = exchange.finish(*asked);
  if (!session) return session.error();
  spent = true;
  if (const auto sent = wire.send(frame_of(exchange.own()), deadline); !sent) return sent.error();
  const auto tag = receive_tag(wire, deadline);
  if (!tag) return tag.error();
  if (!session->accepts(*tag)) return kRefused;
  if (const auto sent = wire.send(text_of(session->own_tag()), deadline); !sent) return sent.error();
  Channel channel(std::move(wire), *session, cpace::Role::Responder);
  channel.peer_ = *agent;
  return channel;
}

}  // namespace balans::pairing
