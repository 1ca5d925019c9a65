#include "api/http/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "api/http/problem.hpp"
#include "common/check.hpp"

namespace balans::api {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say gzip
constexpr std::size_t kWorthIt = 1024;

/// zlib's stream, ended when it goes.
struct Stream : z_stream {
  enum class Way : std::uint8_t { Pack, Unpack };
  explicit Stream(Way wanted) : z_stream{}, way(wanted) {
    const int begun = way == Way::Pack
                          ? deflateInit2(this, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY)
                          : inflateInit2(this, kGzipWindow);
    BALANS_CHECK(begun == Z_OK);
  }
  ~Stream() { way == Way::Pack ? deflateEnd(this) : inflateEnd(this); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void take(std::string_view text) {
    next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // zlib does not write there
    avail_in = static_cast<uInt>(text.size());
  }
  /// Runs one step into `chunk`; gives what came out.
  std::string_view step(std::array<char, 16384>& chunk, int& code) {
    next_out = reinterpret_cast<Bytef*>(chunk.data());
    avail_out = static_cast<uInt>(chunk.size());
    code = way == Way::Pack ? deflate(this, Z_FINISH) : inflate(this, Z_NO_FLUSH);
    return {chunk.data(), chunk.size() - avail_out};
  }

  Way way;
};

/// Whether the client names gzip and does not refuse it with q=0.
bool takes_gzip(std::string_view accepted) {
  while (!accepted.empty()) {
    const std::size_t end = std::min(accepted.find(','), accepted.size());
    std::string one;
    for (char c : accepted.substr(0, end))
      if (c != ' ' && c != '\t') one += c;
    const bool refused =
        one.find(";q=0") != std::string::npos && one.find_first_of("123456789", 7) == std::string::npos;
    if (one.starts_with("gzip") && (one.size() == 4 || one[4] == ';')) return !refused;
    accepted.remove_prefix(std::min(end + 1, accepted.size()));
  }
  return false;
}

}  // namespace

std::string gzip(std::string_view text) {
  Stream stream(Stream::Way::Pack);
  stream.take(text);
  std::array<char, 16384> chunk;
  std::string packed;
  for (int code = Z_OK; code == Z_OK;) packed += stream.step(chunk, code);
  return packed;
}

Result<std::string> gunzip(std::string_view packed, std::size_t max_bytes) {
  Stream stream(Stream::Way::Unpack);
  stream.take(packed);
  std::array<char, 16384> chunk;
  std::string text;
  for (int code = Z_OK; code != Z_STREAM_END;) {
    const std::string_view more = stream.step(chunk, code);
    if (code != Z_OK && code != Z_STREAM_END) return Error{"", "is not gzip, or is cut off"};
    if (text.size() + more.size() > max_bytes)
      return Error{"", "is more than " + std::to_string(max_bytes) + " bytes unpacked"};
    text += more;
  }
  if (stream.avail_in > 0) return Error{"", "has more behind the end of gzip"};
  return text;
}

std::optional<Response> unpack(Request& request, std::size_t max_bytes) {
  const std::string_view encoding = request.head.header("content-encoding");
  if (request.body.empty() || encoding.empty() || encoding == "identity") return std::nullopt;
  if (encoding != "gzip")
    return header_problem(problems::kEncoding, "Content-Encoding", "only gzip and identity are known here");
  auto text = gunzip(request.body, max_bytes);
  if (!text) {
    const bool large = text.error().what.starts_with("is more");
    return header_problem(large ? problems::kTooLarge : problems::kBadRequest, "Content-Encoding", text.error().what);
  }
  request.body = *std::move(text);
  return std::nullopt;
}

void pack(const RequestHead& head, Response& response) {
  if (response.body.size() < kWorthIt) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!takes_gzip(head.header("accept-encoding"))) return;
  response.body = gzip(response.body);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace balans::api
