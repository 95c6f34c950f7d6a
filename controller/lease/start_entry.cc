#include "lease/start_entry.h"

#include "base/json.h"

namespace dtsop {

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
    if (start.key.empty() || start.nonce.empty() || start.dts_job_id.empty() || start.attempt < 1) {
      return Fail("a start without key, nonce, dtsJobId or attempt");
    }
    starts.push_back(std::move(start));
  }
  return starts;
}

}  // namespace dtsop
