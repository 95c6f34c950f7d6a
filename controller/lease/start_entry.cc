#include "lease/start_entry.h"

#include "base/json.h"

namespace dtsop {
namespace {

constexpr size_t kRecordTextBytesMax = 128;

}  // namespace

std::string EncodeStarts(const std::vector<StartEntry>& starts) {
  Json list = Json::array();
  for (const StartEntry& start : starts) {
    list.push_back({{"key", start.key},
                    {"nonce", start.nonce},
                    {"attempt", start.attempt},
                    {"namespace", start.object.namespace_name},
                    {"name", start.object.name},
                    {"uid", start.uid},
                    {"dtsJobId", start.dts_job_id},
                    {"direction", start.direction},
                    {"region", start.region},
                    {"intentTime", start.intent_time},
                    {"before", start.before}});
  }
  return DumpJson(list);
}

Result<std::vector<StartEntry>> DecodeStarts(const std::string& text) {
  const auto list = ParseJson(text);
  if (!list || !list->is_array() || list->size() > kStartsInFlightMax) {
    return Fail("not a list of starts");
  }
  std::vector<StartEntry> starts;
  for (const Json& item : *list) {
    StartEntry start;
    start.key = StringOr(Member(item, "key"));
    start.nonce = StringOr(Member(item, "nonce"));
    start.attempt = IntOr(Member(item, "attempt"), 0);
    start.object = {StringOr(Member(item, "namespace")), StringOr(Member(item, "name"))};
    start.uid = StringOr(Member(item, "uid"));
    start.dts_job_id = StringOr(Member(item, "dtsJobId"));
    start.direction = StringOr(Member(item, "direction"));
    start.region = StringOr(Member(item, "region"));
    start.intent_time = StringOr(Member(item, "intentTime"));
    start.before = StringOr(Member(item, "before"));
    const bool named = !start.key.empty() && !start.nonce.empty() && !start.dts_job_id.empty();
    // The schema of status.start bounds what the record of this start will hold.
    const bool recordable = start.key.size() <= kRecordTextBytesMax &&
                            start.nonce.size() <= kRecordTextBytesMax &&
                            ParseRfc3339(start.intent_time).has_value();
    if (!named || !recordable || start.attempt < 1) {
      return Fail("a start without usable key, nonce, dtsJobId, attempt or intentTime");
    }
    starts.push_back(std::move(start));
  }
  return starts;
}

}  // namespace dtsop
