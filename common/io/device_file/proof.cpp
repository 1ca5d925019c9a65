#include "common/io/device_file/proof.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/io/device_file/vector_run.hpp"
#include "common/registers/field.hpp"
#include "common/registers/image.hpp"
#include "common/registers/installed.hpp"

namespace balans {
namespace {

int line_of_all(const DeviceFile& file) { return file.vectors.front().line; }

bool writes(const DeviceFile& file, const WriteField& field, const std::vector<std::uint16_t>& words) {
  const auto fits = [&](const RegisterWrite& write) {
    return write.function == field.function && write.address == field.address && write.unit_id == field.unit_id &&
           (words.empty() || write.words == words);
  };
  return std::any_of(file.vectors.begin(), file.vectors.end(), [&](const DeviceVector& vector) {
    return vector.socket == 1 && std::any_of(vector.writes.begin(), vector.writes.end(), fits);
  });
}

/// Collects every write that no vector shows.
struct WritesShown {
  const DeviceFile& file;
  std::vector<Unproved>& found;

  void operator()(const Field&) const {}
  void operator()(const WriteField& field) const {
    if (!writes(file, field, {})) found.push_back({line_of_all(file), "no vector writes to " + at(field)});
  }
  void constants(const std::vector<FixedWrite>& fixed_writes) const {
    for (const FixedWrite& fixed : fixed_writes) {
      if (fixed.to.scale_factor) continue;  // its words depend on the device
      const auto words = words_for(readable(fixed.to), fixed.value, 0, Rounding::Nearest);
      if (!words || !writes(file, fixed.to, *words))
        found.push_back({line_of_all(file), fmt::format("no vector writes {} to {}", fixed.value, at(fixed.to))});
    }
  }
  void limit(const std::optional<LimitSpec>& spec) const {
    if (!spec) return;
    for (const auto* fixed : {&spec->start, &spec->before, &spec->after}) constants(*fixed);
    for (const LimitLevel& level : spec->levels) constants(level.writes);
    if (const auto* pause = std::get_if<PauseByWrites>(&spec->pause)) {
      constants(pause->pause);
      constants(pause->resume);
    }
  }
  static std::string at(const WriteField& field) {
    return fmt::format("register {} with function {}", field.address, static_cast<int>(field.function));
  }
};

void find_unshown_limits(const DeviceFile& file, std::optional<std::int64_t> DeviceVector::*limit, const char* key,
                         std::vector<Unproved>& found) {
  const auto any = [&](auto&& fits) {
    return std::any_of(file.vectors.begin(), file.vectors.end(),
                       [&](const DeviceVector& vector) { return vector.*limit && fits(*(vector.*limit)); });
  };
  if (!any([](std::int64_t ma) { return ma >= 9000; }))
    found.push_back({line_of_all(file), fmt::format("no vector for a limit ({} of 9 or more)", key)});
  if (!any([](std::int64_t ma) { return ma < 6000; }))
    found.push_back({line_of_all(file), fmt::format("no vector for a pause ({} below 6)", key)});
}

void find_unshown_writes(const DeviceFile& file, std::vector<Unproved>& found) {
  const auto first = installed(file.description, {1, kVectorNameplate});
  if (!first || !first->control) return;
  const DeviceDescription wire = RegisterImage(*first).description();  // with SunSpec addresses absolute
  const WritesShown shown{file, found};
  for_each_field_of_control(*wire.control, shown);
  shown.limit(wire.control->draw);
  shown.limit(wire.control->feed);
  if (wire.control->draw) find_unshown_limits(file, &DeviceVector::limit_ma, "limit_a", found);
  if (wire.control->feed) find_unshown_limits(file, &DeviceVector::feed_limit_ma, "feed_limit_a", found);
  if (!wire.control->phase_switch) return;
  shown.constants(wire.control->phase_switch->before);
  shown.constants(wire.control->phase_switch->after);
  for (const PhaseMode mode : {PhaseMode::All, PhaseMode::Fewer})
    if (std::none_of(file.vectors.begin(), file.vectors.end(),
                     [&](const DeviceVector& vector) { return vector.switch_to == mode; }))
      found.push_back(
          {line_of_all(file), fmt::format("no vector with switch_to: {}", mode == PhaseMode::All ? "three" : "one")});
}

}  // namespace

std::vector<Unproved> prove(const DeviceFile& file) {
  std::vector<Unproved> found;
  for (const DeviceVector& vector : file.vectors)
    if (const auto run = run_vector(file, vector); !run)
      found.push_back({vector.line, "vector '" + vector.name + "': " + run.error().message()});
  if (const auto shown = show_again(file); !shown && found.empty())
    found.push_back({line_of_all(file), "a virtual device: " + shown.error().message()});
  const DeviceVector& first = file.vectors.front();
  for (const QuantityField& quantity : file.description.quantities)
    if (!first.quantities.contains(quantity.id) && quantity.id != QuantityId::Clock)
      found.push_back({first.line, fmt::format("{} is not expected in the first vector", name_of(quantity.id))});
  if (file.description.sockets.most > 1 &&
      std::none_of(file.vectors.begin(), file.vectors.end(), [](const auto& vector) { return vector.socket == 2; }))
    found.push_back({line_of_all(file), "no vector for socket 2"});
  find_unshown_writes(file, found);
  return found;
}

std::vector<Error> check_file(const std::filesystem::path& path) {
  const Result<DeviceFile> file = load_device_file(path);
  if (!file) return {file.error()};
  std::vector<Error> errors;
  for (const Unproved& unproved : prove(*file))
    errors.push_back({fmt::format("{}:{}", path.string(), unproved.line), unproved.what});
  return errors;
}

}  // namespace balans
