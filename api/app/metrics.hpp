#pragma once
// Numbers for whoever watches the process, in the text format of Prometheus: base units, counters that only rise.

#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace balans::api {

class Metrics {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  enum class Kind : std::uint8_t { Counter, Gauge, Histogram };
  struct Family {
    std::string_view name;
    Kind kind;
    std::string_view help;
  };

  /// The families there are; a name that is not among them is broken code. A family has at most `kMostSeries` series:
  /// further label values are counted under no label at all.
  explicit Metrics(std::vector<Family> families);

  // From any thread.
  void add(std::string_view name, Labels labels, double by = 1);
  void set(std::string_view name, Labels labels, double value);
  void observe(std::string_view name, Labels labels, double seconds);
  [[nodiscard]] std::string text() const;

  static constexpr std::size_t kMostSeries = 1000;

 private:
  struct Series {
    double value = 0;  ///< of a histogram: the sum
    std::vector<std::uint64_t> buckets;
    std::uint64_t count = 0;
  };
  using All = std::map<std::string, Series>;  ///< by labels as they are written

  Series& series(std::string_view name, Labels labels);

  mutable std::mutex mutex_;
  const std::vector<Family> families_;
  std::map<std::string_view, All> all_;
};

/// All families of the api.
std::vector<Metrics::Family> api_families();

}  // namespace balans::api
