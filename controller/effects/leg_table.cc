#include "effects/leg_table.h"

#include <algorithm>
#include <utility>

namespace dtsop {
namespace {

// Longer than any observation is shown for.
constexpr Duration kKeptFor = minutes(10);

}  // namespace

uint64_t LegTable::Begin(const Leg& leg, LegEffect::Kind kind, std::string before, MonoTime now) {
  Record& record = legs_[leg];
  record.earlier.reset();
  if (record.effect && !record.effect->IsOver(now)) record.earlier = std::move(record.effect);
  record.id = next_id_++;
  record.effect = LegEffect{kind,         std::move(before), now,
                            std::nullopt, std::nullopt,      record.earlier.has_value()};
  return record.id;
}

LegTable::Record* LegTable::Ended(const Leg& leg, uint64_t id) {
  const auto at = legs_.find(leg);
  if (at == legs_.end() || at->second.id != id) return nullptr;
  return &at->second;
}

void LegTable::OnMayHaveActed(const Leg& leg, uint64_t id, MonoTime clear_from, MonoTime now) {
  Record* record = Ended(leg, id);
  if (record == nullptr) return;
  // A call is not made while another is under way, so that the earlier one has an end.
  if (record->earlier) clear_from = std::max(clear_from, *record->earlier->clear_from);
  record->effect->clear_from = clear_from;
  record->earlier.reset();
  record->look_after = now;
}

void LegTable::OnRefused(const Leg& leg, uint64_t id, bool look_again, MonoTime now) {
  Record* record = Ended(leg, id);
  if (record == nullptr) return;
  record->effect = std::exchange(record->earlier, std::nullopt);
  if (look_again) record->look_after = now;
}

void LegTable::Inherit(const Leg& leg, LegEffect::Kind kind, std::string before,
                       MonoTime clear_from, MonoTime now) {
  Record& record = legs_[leg];
  if (record.effect && !record.effect->IsOver(now)) {
    // What this process knows by itself is more; it may last longer.
    if (!record.effect->UnderWay()) {
      record.effect->clear_from = std::max(*record.effect->clear_from, clear_from);
    }
    record.effect->overlaps |= record.effect->kind != kind;
    return;
  }
  // An unanswered Suspend or Stop is repeated; a start is not before it is settled.
  const bool overlaps = kind != LegEffect::Kind::kStart;
  record = {next_id_++, LegEffect{kind, std::move(before), now, clear_from, std::nullopt, overlaps},
            std::nullopt, std::max(record.look_after, now)};
}

void LegTable::OnSeen(const Leg& leg, std::string_view status, MonoTime asked) {
  const auto at = legs_.find(leg);
  if (at == legs_.end() || !at->second.effect) return;
  LegEffect& effect = *at->second.effect;
  if (effect.overlaps || effect.seen_at) return;
  if (asked >= effect.sent && Shows(effect, status)) effect.seen_at = asked;
}

const LegEffect* LegTable::Find(const Leg& leg) const {
  const auto at = legs_.find(leg);
  return at != legs_.end() && at->second.effect ? &*at->second.effect : nullptr;
}

MonoTime LegTable::LookAfter(const Leg& leg) const {
  const auto at = legs_.find(leg);
  return at != legs_.end() ? at->second.look_after : MonoTime::min();
}

void LegTable::Prune(MonoTime now) {
  std::erase_if(legs_, [now](const auto& item) {
    const Record& record = item.second;
    if (record.effect && record.effect->UnderWay()) return false;
    const MonoTime last =
        std::max(record.look_after, record.effect ? *record.effect->clear_from : record.look_after);
    return last < now - kKeptFor;
  });
}

}  // namespace dtsop
