#include "cli/recognise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "cli/reading.hpp"
#include "cli/wording.hpp"
#include "common/registers/sunspec.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kShortestText = 3;
constexpr std::int64_t kSmallestNumber = 256;  ///< smaller ones stand anywhere
constexpr std::size_t kMostFitting = 5;
constexpr std::uint16_t kCommonModel = 1, kCommonLength = 65;

std::string lower(std::string_view text) {
  std::string result;
  for (const char c : text) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string text_at(std::span<const std::uint16_t> words, std::size_t at, std::size_t count) {
  Encoding encoding;
  encoding.type = DataType::Ascii;
  encoding.text_registers = static_cast<std::uint16_t>(count);
  const RawValue raw = decode_words(words.subspan(at, count), encoding);
  std::string clean;
  for (const char c : std::get<std::string>(raw)) clean += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  return clean;
}

std::optional<CommonModel> read_common(Transport& transport, std::uint8_t unit, const ModelPlaces& places) {
  const auto place = places.find(kCommonModel);
  if (place == places.end()) return std::nullopt;
  const auto words = transport.read(ReadFunction::HoldingRegisters, unit,
                                    static_cast<std::uint16_t>(place->second.start + 2), kCommonLength);
  if (!words || words->size() != kCommonLength) return std::nullopt;
  return CommonModel{text_at(*words, 0, 16), text_at(*words, 16, 16), text_at(*words, 40, 8), text_at(*words, 48, 16)};
}

bool is_generic(const DeviceDescription& device) { return lower(device.vendor).starts_with("sunspec"); }

/// The maker's name begins with the file's first word of it, or the other way round.
bool same_maker(const std::string& maker, const std::string& vendor) {
  const std::string found = lower(maker.substr(0, maker.find(' ')));
  const std::string wanted = lower(vendor.substr(0, vendor.find(' ')));
  return found.size() >= 2 && wanted.size() >= 2 && (found.starts_with(wanted) || wanted.starts_with(found));
}

/// An expected identity that is unlikely to stand there by chance.
std::optional<std::string> proof_by_identity(const DeviceDescription& device) {
  if (!device.identity) return std::nullopt;
  const IdentityField& identity = *device.identity;
  if (identity.field.model) return std::nullopt;  // the number of a model says nothing of the maker
  const std::string where = place_of(identity.field);
  if (identity.text && identity.text->size() >= kShortestText)
    return fmt::format("'{}' stands in {}", *identity.text, where);
  if (identity.number && *identity.number >= kSmallestNumber && *identity.number != 0xFFFF)
    return fmt::format("{} stands in {}", *identity.number, where);
  return std::nullopt;
}

int telling_values(const Readings& readings) {
  int telling = 0;
  for (const Reading& reading : readings.quantities) {
    if (!reading.value) continue;
    const QuantityId id = reading.quantity.id;
    const std::int64_t value = *reading.value;
    if (id >= QuantityId::VoltageL1 && id <= QuantityId::VoltageL3 && value > 200'000 && value < 255'000) ++telling;
    if (id == QuantityId::Frequency && value > 47'000 && value < 53'000) ++telling;
  }
  return telling;
}

enum class Proof : std::uint8_t { Maker, Models, None, Otherwise };

struct Judgement {
  Proof proof = Proof::None;
  std::string why;
};

Judgement judge_sunspec(const DeviceDescription& device, const std::optional<CommonModel>& common) {
  if (is_generic(device)) {
    std::string models;
    for (const SunSpecModel& model : device.models) models += fmt::format("{}{}", models.empty() ? "" : ", ", model.id);
    return {Proof::Models, "it has the SunSpec models " + models};
  }
  if (!common) return {Proof::None, "it has the SunSpec models, and does not tell its maker"};
  if (same_maker(common->maker, device.vendor))
    return {Proof::Maker, fmt::format("its SunSpec models, and it says '{} {}'", common->maker, common->model)};
  return {Proof::Otherwise, ""};
}

Judgement judge(const DeviceDescription& device, const std::optional<CommonModel>& common) {
  if (const auto proof = proof_by_identity(device)) return {Proof::Maker, *proof};
  if (!device.models.empty()) return judge_sunspec(device, common);
  if (!device.identity) return {Proof::None, "its values are possible; it has no identity register"};
  if (device.identity->number || device.identity->text)
    return {Proof::None, "its values are possible; its identity is one that could stand there by chance"};
  return {Proof::None, "its values are possible; its identity differs from device to device"};
}

/// A proof by maker outweighs one by models alone.
struct Found {
  std::vector<Candidate> by_maker, by_models, fitting;
};

void sort_in(Found& found, Recognition& result) {
  result.proved = found.by_maker.empty() ? std::move(found.by_models) : std::move(found.by_maker);
  result.fitting = std::move(found.fitting);
  std::stable_sort(result.fitting.begin(), result.fitting.end(),
                   [](const Candidate& a, const Candidate& b) { return a.telling > b.telling; });
  if (result.fitting.size() > kMostFitting) result.fitting.resize(kMostFitting);
}

}  // namespace

Recognition recognise(Transport& transport, std::uint8_t unit, const Catalogue& catalogue) {
  Recognition result;
  Found found;
  const auto places = locate_models(transport, unit);
  if (places) result.sunspec = read_common(transport, unit, *places);
  if (result.sunspec) result.identity = result.sunspec->maker + "/" + result.sunspec->serial;
  for (const DeviceFile& file : catalogue.files) {
    const DeviceDescription& device = file.description;
    if (!device.models.empty() && !places) continue;
    const auto readings = read_everything(device, transport, unit);
    if (!readings || !readings->sound() || readings->answered() == 0) continue;
    const Judgement judgement = judge(device, result.sunspec);
    const Candidate candidate{&device, judgement.why, telling_values(*readings)};
    if (judgement.proof == Proof::Maker) found.by_maker.push_back(candidate);
    if (judgement.proof == Proof::Models) found.by_models.push_back(candidate);
    if (judgement.proof == Proof::None && candidate.telling > 0) found.fitting.push_back(candidate);
    if (judgement.proof != Proof::Otherwise && readings->identity) result.identity += "/" + *readings->identity;
  }
  sort_in(found, result);
  return result;
}

}  // namespace balans::cli
