#include "common/io/http_client/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "common/check.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxHeaders = 100;

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// What one transfer collects. Its address goes through libcurl's void pointers.
struct Transfer {
  HttpResponse response;
  std::size_t max_body = 0;
  bool too_large = false;
  std::stop_token stop;
  const std::function<void(std::string_view)>* on_bytes = nullptr;  ///< of a stream
  CURL* handle = nullptr;

  [[nodiscard]] bool is_success() const {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status == 200;
  }
};

std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const std::size_t bytes = size * count;
  if (transfer.on_bytes != nullptr && transfer.is_success()) {
    (*transfer.on_bytes)(std::string_view(data, bytes));
    return bytes;
  }
  if (transfer.response.body.size() + bytes > transfer.max_body) {
    transfer.too_large = true;
    return 0;  // ends the transfer
  }
  transfer.response.body.append(data, bytes);
  return bytes;
}

std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) transfer.response.headers.clear();  // after a 100 Continue comes the real answer
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && transfer.response.headers.size() < kMaxHeaders) {
    std::string_view value = line.substr(colon + 1);
    const std::size_t first = std::min(value.find_first_not_of(" \t"), value.size());
    value.remove_prefix(first);
    value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    transfer.response.headers.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  return line.size();
}

int check_stop(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(context)->stop.stop_requested() ? 1 : 0;  // other than 0 ends the transfer
}

bool is_one_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

Result<HeaderList> header_list(const HttpRequest& request) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    BALANS_CHECK(longer != nullptr);
    static_cast<void>(list.release());
    list.reset(longer);
  };
  add("Expect:");  // no 100-continue: one round trip less, and nothing to time out on
  for (const HttpHeader& header : request.headers) {
    if (!is_one_line(header.name) || !is_one_line(header.value))
      return Error{without_user(request.url), "header " + header.name.substr(0, 50) + " holds a line break"};
    add(header.name + ": " + header.value);
  }
  return list;
}

/// libcurl wants this once a process, before any thread uses it.
void initialise_library() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  BALANS_CHECK(once == CURLE_OK);
}

}  // namespace

std::string without_user(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  // A password with a slash in it that is not percent-encoded goes as well.
  const std::size_t user = url.substr(begin, url.find('?') - begin).rfind('@');
  if (user == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, begin)) + std::string(url.substr(begin + user + 1));
}

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  for (const HttpHeader& each : headers)
    if (same_but_for_case(each.name, name)) return each.value;
  return std::nullopt;
}

struct HttpClient::State {
  HttpOptions options;
  std::unique_ptr<CURL, CloseHandle> handle;
  std::array<char, CURL_ERROR_SIZE> problem{};

  template <class Value>
  void set(CURLoption option, Value value) const {
    BALANS_CHECK(curl_easy_setopt(handle.get(), option, value) == CURLE_OK);
  }
  void set_path(CURLoption option, const std::optional<std::filesystem::path>& path) const {
    if (path) set(option, path->c_str());
  }
  void set_common() const;
  void set_request(const HttpRequest& request, const HeaderList& headers) const;
  [[nodiscard]] Error failure(CURLcode code, const HttpRequest& request, const Transfer& transfer) const;
};

void HttpClient::State::set_common() const {
  curl_easy_reset(handle.get());  // keeps the connection
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
  set(CURLOPT_ERRORBUFFER, problem.data());
  set_path(CURLOPT_CAINFO, options.tls.ca);
  set_path(CURLOPT_SSLCERT, options.tls.certificate);
  set_path(CURLOPT_SSLKEY, options.tls.key);
}

void HttpClient::State::set_request(const HttpRequest& request, const HeaderList& headers) const {
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_HTTPHEADER, headers.get());
  if (request.method == HttpMethod::Put) set(CURLOPT_CUSTOMREQUEST, "PUT");
  if (request.method == HttpMethod::Delete) set(CURLOPT_CUSTOMREQUEST, "DELETE");
  if (request.method != HttpMethod::Get) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());  // not copied: the request outlives the transfer
  }
}

Error HttpClient::State::failure(CURLcode code, const HttpRequest& request, const Transfer& transfer) const {
  if (transfer.too_large)
    return {without_user(request.url),
            "the answer is larger than " + std::to_string(options.max_response_bytes) + " bytes"};
  if (code == CURLE_ABORTED_BY_CALLBACK) return {without_user(request.url), "stopped"};
  const std::string detail = problem.data();
  return {without_user(request.url), detail.empty() ? curl_easy_strerror(code) : detail};
}

HttpClient::HttpClient(HttpOptions options) : state_(std::make_unique<State>()) {
  initialise_library();
  state_->options = std::move(options);
  state_->handle.reset(curl_easy_init());
  BALANS_CHECK(state_->handle != nullptr);
}

HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

struct HttpClient::Streaming {
  const std::function<void(std::string_view)>& on_bytes;
  std::chrono::seconds silence;
};

Result<HttpResponse> HttpClient::send(const HttpRequest& request, std::stop_token stop) {
  return perform(request, nullptr, std::move(stop));
}

Result<HttpResponse> HttpClient::stream(const HttpRequest& request,
                                        const std::function<void(std::string_view)>& on_bytes,
                                        std::chrono::seconds silence, std::stop_token stop) {
  const Streaming streaming{on_bytes, silence};
  return perform(request, &streaming, std::move(stop));
}

Result<HttpResponse> HttpClient::perform(const HttpRequest& request, const Streaming* streaming, std::stop_token stop) {
  if (request.body.size() > state_->options.max_request_bytes)
    return Error{without_user(request.url), "a body of " + std::to_string(request.body.size()) + " bytes is too large"};
  auto headers = header_list(request);
  if (!headers.ok()) return headers.error();
  Transfer transfer;
  transfer.max_body = state_->options.max_response_bytes;
  transfer.stop = std::move(stop);
  state_->set_common();
  state_->set_request(request, *headers);
  transfer.handle = state_->handle.get();
  if (streaming != nullptr) {
    transfer.on_bytes = &streaming->on_bytes;
    state_->set(CURLOPT_TIMEOUT_MS, 0L);
    state_->set(CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second
    state_->set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(streaming->silence.count()));
  }
  state_->set(CURLOPT_WRITEFUNCTION, &take_body);
  state_->set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  state_->set(CURLOPT_HEADERFUNCTION, &take_header);
  state_->set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
  state_->set(CURLOPT_NOPROGRESS, 0L);
  state_->set(CURLOPT_XFERINFOFUNCTION, &check_stop);
  state_->set(CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
  state_->problem[0] = '\0';
  const CURLcode code = curl_easy_perform(state_->handle.get());
  if (code != CURLE_OK) return state_->failure(code, request, transfer);
  long status = 0;
  curl_easy_getinfo(state_->handle.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace balans
