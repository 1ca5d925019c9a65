#pragma once
// Questions to a running api, as somebody who may do everything.

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>

#include "common/io/http_client/http_client.hpp"
#include "common/result.hpp"
#include "sim/stage/currency.hpp"

namespace balans::sim {

struct MoneyDesk {
  std::string address;  ///< ends with a slash
  std::string token;
  std::string site;
  Currency currency = kEuro;
};

namespace desk {

using boost::json::object;

/// Whatever the status is. The same request again is answered as before.
Result<HttpResponse> ask(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                         std::string body = "");
/// An error for every status from 300 on.
Result<object> send(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                    std::string body = "");
Result<void> tell(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                  std::string body);
Error refused(const std::string& path, const HttpResponse& response);
/// Every page of a list, in the order that the path gives.
Result<void> each_of(HttpClient& client, const MoneyDesk& desk, const std::string& path, const std::string& list,
                     const std::string& cursor, const std::function<void(const object&)>& take);

/// Of the site, or of no site where that is empty.
Result<std::optional<object>> account_of(HttpClient& client, const MoneyDesk& desk, const std::string& site,
                                         const std::string& owner);
/// A decimal text; 0 where it is none.
std::int64_t units(const object& object, std::string_view key);

}  // namespace desk
}  // namespace balans::sim
