// What was asked of the simulator and what it did: the ground truth of every test.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/time.h"
#include "dts/signer.h"

namespace dtsop::simulator {

struct CallRecord {
  uint64_t seq = 0;  // from 1, without gaps
  WallTime time;
  std::string action;
  std::string job_id;
  std::string access_key_id;
  std::string account_id;  // whose key it is; empty: the gateway does not know
  std::string nonce;
  SignatureKind signature = SignatureKind::kV1;
  std::string verdict;  // "accepted" or the code that was decided, whether or not the client heard
  std::string effect;   // see Job::Outcome; empty: nothing changed
  std::string fault;    // FaultEffectName of the rule that fired, or empty
  int http_status = 0;
  std::string request_id;
};

// Older records are dropped beyond this; `seq` tells.
inline constexpr size_t kCallRecordsMax = 100'000;

class CallLog {
 public:
  // Numbers the record and keeps it. The reference is valid until the next Add.
  const CallRecord& Add(CallRecord record) {
    record.seq = ++last_seq_;
    if (records_.size() == kCallRecordsMax) records_.pop_front();
    return records_.emplace_back(std::move(record));
  }
  const std::deque<CallRecord>& records() const { return records_; }
  uint64_t last_seq() const { return last_seq_; }

 private:
  std::deque<CallRecord> records_;
  uint64_t last_seq_ = 0;
};

}  // namespace dtsop::simulator
