// A DTS endpoint as a value: the gateway, the service and its jobs, whoever gives temporary
// credentials for it, scripted faults, a log of calls. It does no I/O, reads no clock, has no
// thread and draws only from the Random it is given, so equal requests at equal times give equal
// answers. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"
#include "net/http.h"
#include "simulator/call_log.h"
#include "simulator/encode.h"
#include "simulator/faults.h"
#include "simulator/gateway.h"
#include "simulator/identity.h"
#include "simulator/service.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

class DtsSimulator {
 public:
  // `start` is the wall time at which job time begins to flow.
  DtsSimulator(Settings settings, Random random, WallTime start);

  // Answers one request as received: `method`, `target`, `headers` (with Host) and `body` are read.
  // `now` is the gateway's clock; it should not go back.
  SimulatedReply Handle(const HttpRequest& request, WallTime now);

  // Job time: durations of jobs pass `factor` times as fast as `now` does from here on.
  void SetSpeed(double factor, WallTime now);
  double speed() const { return speed_; }
  // Lets `duration` of job time pass at once. Job time ends with the year 2200.
  void Advance(Duration duration);
  WallTime JobTime(WallTime now) const;

  // Creates the job or replaces it, its state and counters included.
  void PutJob(JobConfig config, WallTime now);
  // False when there is no such job.
  bool RemoveJob(const std::string& job_id) { return jobs_.erase(job_id) != 0; }
  // The job as it is at `now`, or null. Valid until it is replaced or removed.
  Job* FindJob(const std::string& job_id, WallTime now);
  const JobTable& jobs() const { return jobs_; }

  Gateway& gateway() { return gateway_; }
  Identity& identity() { return identity_; }
  FaultScript& faults() { return faults_; }
  Behaviour& behaviour() { return behaviour_; }
  const CallLog& calls() const { return calls_; }

 private:
  SimulatedReply Answer(const ReceivedCall& call, AnswerContext context, CallRecord* record);
  SimulatedReply Decide(const ReceivedCall& call, const AnswerContext& context,
                        const FaultRule* fault, CallRecord* record);
  SimulatedReply GiveCredentials(const ReceivedCall& call, const AnswerContext& context,
                                 CallRecord* record);
  std::string NewRequestId();

  Random random_;
  Gateway gateway_;
  Identity identity_;
  FaultScript faults_;
  JobTable jobs_;
  Behaviour behaviour_;
  CallLog calls_;
  double speed_ = 1;
  WallTime wall_anchor_;  // at wall_anchor_ the job time was job_anchor_
  WallTime job_anchor_;
};

}  // namespace dtsop::simulator
