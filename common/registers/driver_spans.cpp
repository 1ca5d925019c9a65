#include "common/registers/driver_spans.hpp"

#include <algorithm>

namespace balans {
namespace {

void append(std::vector<RegisterSpan>& spans, const Field& field) {
  for (const RegisterSpan& span : spans_of(field)) spans.push_back(span);
}

void append(std::vector<RegisterSpan>& spans, const std::vector<FixedRead>& reads) {
  for (const FixedRead& fixed : reads) append(spans, fixed.field);
}

std::vector<FixedRead> where_written(const std::vector<FixedWrite>& writes) {
  std::vector<FixedRead> reads;
  for (const FixedWrite& fixed : writes) reads.push_back({readable(fixed.to), fixed.value});
  return reads;
}

/// A setpoint that can be read: its register and, where a pause is something else, that too.
void append_read_back(std::vector<RegisterSpan>& spans, const LimitSpec& spec) {
  for (const LimitLevel& level : spec.levels) append(spans, reads_of(spec, level));
  if (!spec.read_back) return;
  append(spans, *spec.read_back);
  if (const auto* writes = std::get_if<PauseByWrites>(&spec.pause)) append(spans, reads_of(*writes));
}

}  // namespace

bool can_be_read(const std::optional<LimitSpec>& spec) {
  if (!spec) return false;
  const auto has_reads = [](const LimitLevel& level) { return !level.reads.empty(); };
  return spec->read_back || spec->levels_can_be_read ||
         std::any_of(spec->levels.begin(), spec->levels.end(), has_reads);
}

std::vector<FixedRead> reads_of(const LimitSpec& spec, const LimitLevel& level) {
  return spec.levels_can_be_read ? where_written(level.writes) : level.reads;
}

std::vector<FixedRead> reads_of(const PauseByWrites& pause) {
  return pause.read.empty() ? where_written(pause.pause) : pause.read;
}

std::vector<RegisterSpan> read_back_spans(const DeviceDescription& description) {
  std::vector<RegisterSpan> spans;
  if (!description.control) return spans;
  const Control& control = *description.control;
  if (control.draw) append_read_back(spans, *control.draw);
  if (control.feed) append_read_back(spans, *control.feed);
  if (control.phase_switch && control.phase_switch->read_back) append(spans, *control.phase_switch->read_back);
  return spans;
}

std::vector<RegisterSpan> poll_spans(const DeviceDescription& description) {
  std::vector<RegisterSpan> spans = read_back_spans(description);
  for (const QuantityField& quantity : description.quantities) {
    append(spans, quantity.field);
    if (quantity.also) append(spans, quantity.also->field);
  }
  return spans;
}

DeviceDescription used_of(DeviceDescription description, const DriverSettings& settings) {
  if (!description.control) return description;
  Control& control = *description.control;
  if (settings.feeding == Feeding::Left && control.draw) control.feed.reset();
  if (settings.switching == Switching::Left) control.phase_switch.reset();
  return description;
}

}  // namespace balans
