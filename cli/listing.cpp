#include "cli/listing.hpp"

#include <fmt/format.h>

#include <array>

#include "cli/wording.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

constexpr std::array<std::pair<DeviceClass, const char*>, 5> kClasses{{{DeviceClass::Charger, "Chargers"},
                                                                       {DeviceClass::Heat, "Heat"},
                                                                       {DeviceClass::Battery, "Batteries"},
                                                                       {DeviceClass::Inverter, "Inverters"},
                                                                       {DeviceClass::Meter, "Meters"}}};

std::vector<const DeviceDescription*> of_class(const Catalogue& catalogue, DeviceClass wanted) {
  std::vector<const DeviceDescription*> found;
  for (const DeviceFile& file : catalogue.files)
    if (file.description.device_class == wanted) found.push_back(&file.description);
  return found;
}

std::string watchdog_brief(const DeviceDescription& device) {
  if (!device.control) return "-";
  return device.control->watchdog ? "watchdog" : "no watchdog";
}

/// A bar would end the cell.
std::string cell(const std::string& text) {
  std::string safe;
  for (char c : text) safe += c == '|' ? std::string("\\|") : std::string(1, c == '\n' ? ' ' : c);
  return safe;
}

std::string transports(const DeviceDescription& device) {
  std::string words;
  if (device.tcp_port) words = fmt::format("TCP port {}", *device.tcp_port);
  if (device.serial) words += fmt::format("{}serial {}", words.empty() ? "" : ", ", text_of(*device.serial));
  return words;
}

std::string markdown_row(const DeviceDescription& device) {
  if (device.device_class == DeviceClass::Meter)
    return fmt::format("| {} | {} | `{}` | {} | {} |\n", cell(device.vendor), cell(device.model), device.name,
                       name_of(device.confidence), transports(device));
  return fmt::format("| {} | {} | `{}` | {} | {} | {} | {} |\n", cell(device.vendor), cell(device.model), device.name,
                     name_of(device.confidence), transports(device), cell(limits_words(device)),
                     device.control ? cell(watchdog_words(*device.control)) : "");
}

std::string markdown_class(const Catalogue& catalogue, DeviceClass wanted, const char* title) {
  const auto devices = of_class(catalogue, wanted);
  if (devices.empty()) return "";
  std::string text = fmt::format("\n## {} ({})\n\n", title, devices.size());
  text += wanted == DeviceClass::Meter
              ? "| vendor | model | file | confidence | reached by |\n| --- | --- | --- | --- | --- |\n"
              : "| vendor | model | file | confidence | reached by | limits | when nobody talks to it |\n"
                "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const DeviceDescription* device : devices) text += markdown_row(*device);
  return text;
}

std::string markdown_contactors(const Catalogue& catalogue) {
  std::string text =
      "\n## Devices that need a contactor, or a failsafe of their full size\n\n"
      "When their agent is silent these do not come down by themselves, or nobody knows to what. Either a "
      "normally-open\n"
      "contactor that the agent holds cuts them (`contactor:` in agent.yaml), or they are enrolled with `revert_s: "
      "none` "
      "and\na failsafe of all that they can draw (feed in), which is then always booked.\n\n| file | why |\n| --- | "
      "--- "
      "|\n";
  for (const auto& [wanted, title] : kClasses)
    for (const DeviceDescription* device : of_class(catalogue, wanted))
      if (const auto why = needs_contactor(*device)) text += fmt::format("| `{}` | {} |\n", device->name, *why);
  return text;
}

void write_json(json::Writer& out, const DeviceDescription& device) {
  out.begin_object();
  out.key("name").string(device.name).key("class").string(name_of(device.device_class));
  out.key("vendor").string(device.vendor).key("model").string(device.model);
  out.key("confidence").string(name_of(device.confidence)).key("phases").integer(device.phases);
  out.key("limits").string(limits_words(device));
  out.key("watchdog").boolean(device.control && device.control->watchdog);
  const auto why = needs_contactor(device);
  out.key("needs_contactor").boolean(why.has_value());
  if (why) out.key("why").string(*why);
  out.end_object();
}

std::string show_limit(const LimitSpec& spec, const char* what) {
  std::string text = fmt::format("\n{}\n  range         {}\n", what, limit_words(spec));
  if (spec.levels.empty()) text += fmt::format("  written to    {}\n", place_of(spec.field));
  text += fmt::format("  pauses        {}\n", pause_words(spec));
  if (spec.read_back) text += fmt::format("  read back     {}\n", place_of(*spec.read_back));
  if (spec.rated_power) text += fmt::format("  rated power   {}\n", place_of(*spec.rated_power));
  for (const FixedWrite& fixed : spec.start)
    text += fmt::format("  at start      {} is written to {}\n", fixed.value, place_of(fixed.to));
  for (const FixedWrite& fixed : spec.before)
    text += fmt::format("  before each   {} is written to {}\n", fixed.value, place_of(fixed.to));
  for (const FixedWrite& fixed : spec.after)
    text += fmt::format("  after each    {} is written to {}\n", fixed.value, place_of(fixed.to));
  return text;
}

std::string show_control(const DeviceDescription& device) {
  if (!device.control) return "\nIt is only read.\n";
  const Control& control = *device.control;
  std::string text;
  if (control.draw) text += show_limit(*control.draw, "What it draws");
  if (control.feed) text += show_limit(*control.feed, "What it feeds in");
  text += fmt::format("\nObeying\n  a limit is    {}\n  known by      {}\n  watchdog      {}\n",
                      semantics_words(control.semantics), confirm_words(control.confirm), watchdog_words(control));
  if (control.watchdog) text += fmt::format("  word due      every {}\n", shown_seconds(control.watchdog->refresh));
  if (control.phase_switch) text += fmt::format("  phase switch  {}\n", place_of(control.phase_switch->to));
  if (control.longest_pause) text += fmt::format("  longest pause {}\n", shown_seconds(*control.longest_pause));
  if (control.wear_interval)
    text += fmt::format("  wears out     raised at most every {}\n", shown_seconds(*control.wear_interval));
  if (const auto why = needs_contactor(device))
    text += fmt::format("  NEEDS         a contactor, or a failsafe of its full size: {}\n", *why);
  return text;
}

std::string show_quantity(const QuantityField& quantity) {
  std::string text = fmt::format("  {:<16}{}", name_of(quantity.id), place_of(quantity.field));
  if (quantity.id != QuantityId::VehicleState && quantity.id != QuantityId::Clock)
    text += fmt::format(", plausible {} to {}", shown(quantity.id, quantity.min), shown(quantity.id, quantity.max));
  return text + (quantity.presence == Presence::Optional ? ", may be missing\n" : "\n");
}

std::string identity_words(const DeviceDescription& device) {
  if (!device.identity) return "none: it cannot be told from another device by its registers";
  const std::string where = place_of(device.identity->field);
  if (device.identity->text) return where + ", '" + *device.identity->text + "'";
  if (device.identity->number) return where + ", " + std::to_string(*device.identity->number);
  return where + ", differs from device to device";
}

}  // namespace

std::string list_text(const Catalogue& catalogue) {
  std::string text;
  for (const auto& [wanted, title] : kClasses) {
    const auto devices = of_class(catalogue, wanted);
    if (devices.empty()) continue;
    text += fmt::format("{}{} ({})\n", text.empty() ? "" : "\n", title, devices.size());
    for (const DeviceDescription* device : devices)
      text += fmt::format("  {:<40} {:<7} {:<12} {}{}\n", device->name, name_of(device->confidence),
                          watchdog_brief(*device), title_of(*device),
                          needs_contactor(*device) ? "  [needs contactor or full failsafe]" : "");
  }
  return text;
}

std::string list_json(const Catalogue& catalogue) {
  json::Writer out;
  out.begin_object().key("devices").begin_array();
  for (const DeviceFile& file : catalogue.files) write_json(out, file.description);
  out.end_array().key("refused").begin_array();
  for (const Error& error : catalogue.refused) out.string(error.message());
  out.end_array().end_object();
  return out.take() + "\n";
}

std::string list_markdown(const Catalogue& catalogue) {
  std::string text = fmt::format(
      "# Devices\n\nThe {} devices of `config/devices`, made by `balans device list --markdown`; do not edit. "
      "`balans device show NAME` says\neverything about one; [adding-a-device.md](adding-a-device.md) adds another.\n\n"
      "Confidence: `high` two sources or the maker's text; `medium` one source, or a point is open; `low` not "
      "verified. "
      "Nothing\nhere was tried on every firmware: run `balans test-device` before you rely on it.\n",
      catalogue.files.size());
  for (const auto& [wanted, title] : kClasses) text += markdown_class(catalogue, wanted, title);
  return text + markdown_contactors(catalogue);
}

std::string show_text(const DeviceFile& file) {
  const DeviceDescription& device = file.description;
  std::string text =
      fmt::format("{}: {}\n  class         {}\n  confidence    {}\n  phases        {}\n", device.name, title_of(device),
                  name_of(device.device_class), name_of(device.confidence), device.phases);
  text += fmt::format("  reached by    {}\n", transports(device));
  if (device.unit) text += fmt::format("  unit id       {}\n", *device.unit);
  if (device.sockets.most > 1) text += fmt::format("  sockets       up to {}\n", device.sockets.most);
  text += fmt::format("  identity      {}\n", identity_words(device));
  if (!device.notes.empty()) text += "  notes         " + device.notes + "\n";
  text += "\nWhat can be read\n";
  for (const QuantityField& quantity : device.quantities) text += show_quantity(quantity);
  text += show_control(device) + fmt::format("\nProved by {} vectors. Sources:\n", file.vectors.size());
  for (const Source& source : device.sources)
    text += fmt::format("  {}{}{}{}{}\n", source.repository, source.repository.empty() ? "" : " ", source.path,
                        source.revision.empty() ? "" : ", ", source.revision);
  return text;
}

}  // namespace balans::cli
