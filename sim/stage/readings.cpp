#include "sim/stage/readings.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "common/io/http_client/http_client.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;

constexpr int kMostPages = 100'000;

struct Page {
  std::int64_t readings = 0;
  std::string next;  ///< empty on the last page
};

Result<Page> get_page(HttpClient& client, const std::string& url, const std::string& token) {
  const Result<HttpResponse> response = client.send({HttpMethod::Get, url, {{"Authorization", "Bearer " + token}}, ""});
  if (!response) return response.error();
  if (response->status != 200) return Error{url, "answered with status " + std::to_string(response->status)};
  boost::system::error_code failure;
  const json::value body = json::parse(response->body, failure);
  const json::object* object = failure ? nullptr : body.if_object();
  const json::value* readings = object ? object->if_contains("readings") : nullptr;
  if (!readings || !readings->is_array()) return Error{url, "did not answer with a page of readings"};
  const json::value* next = object->if_contains("next");
  return Page{static_cast<std::int64_t>(readings->get_array().size()),
              next && next->is_string() ? std::string(next->get_string()) : ""};
}

}  // namespace

Result<std::int64_t> count_stored_readings(const std::string& address, const std::string& site,
                                           const std::string& token) {
  HttpClient client;
  const std::string url = address + "v1/readings?site=" + site + "&limit=1000";
  std::int64_t sum = 0;
  std::string after;
  for (int page = 0; page < kMostPages; ++page) {
    const Result<Page> got = get_page(client, after.empty() ? url : url + "&after=" + after, token);
    if (!got) return got.error();
    sum += got->readings;
    if (got->next.empty()) return sum;
    after = got->next;
  }
  return Error{address, "has more readings than can be counted here"};
}

}  // namespace balans::sim
