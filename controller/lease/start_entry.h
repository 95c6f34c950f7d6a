// One announced StartDtsJob, as it stands in the Lease's annotation: what a new leader must know to
// settle a start whose outcome the old one could not record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/dtsjob.h"
#include "base/result.h"

namespace dtsop {

inline constexpr std::string_view kStartsAnnotation = "dts.aliyun.com/starts-in-flight";

// An annotation holds 256 KiB; an entry has at most about 600 bytes.
inline constexpr size_t kStartsInFlightMax = 256;

struct StartEntry {
  std::string key;    // see StartKey
  std::string nonce;  // identifies the attempt; the request is signed with it
  int64_t attempt = 1;
  ObjectKey object;
  std::string uid;
  std::string dts_job_id;
  std::string direction;
  std::string region;
  std::string intent_time;
  std::string before;  // DTS's status word when the start was announced
};

std::string EncodeStarts(const std::vector<StartEntry>& starts);
// Fails on anything that EncodeStarts does not write: somebody else has changed the annotation.
Result<std::vector<StartEntry>> DecodeStarts(const std::string& text);

}  // namespace dtsop
