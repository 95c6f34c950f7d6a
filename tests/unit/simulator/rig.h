// A simulator with one account and three jobs, and a client that signs correctly.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "dts/signer.h"
#include "simulator/simulator.h"

namespace dtsop::simulator {

inline Settings RigSettings() {
  Settings settings;
  Account account;
  account.access_key_id = "key";
  account.access_key_secret = SecretString("secret");
  settings.accounts.push_back(account);
  for (const auto& [id, type] :
       {std::pair{"sync", JobType::kSync}, std::pair{"migration", JobType::kMigration},
        std::pair{"subscribe", JobType::kSubscribe}}) {
    JobConfig job;
    job.job_id = id;
    job.instance_id = std::string("dts") + id;
    job.name = std::string(id) + "-name";
    job.type = type;
    job.timings.migrate = seconds(60);
    settings.jobs.push_back(job);
  }
  return settings;
}

inline JobConfig& JobIn(Settings& settings, const std::string& id) {
  for (JobConfig& job : settings.jobs) {
    if (job.job_id == id) return job;
  }
  std::abort();
}

struct Rig {
  explicit Rig(Settings settings = RigSettings())
      : now(ParseRfc3339("2026-11-24T13:35:41Z").value()),
        sim(std::move(settings), Random(1), now) {}

  HttpRequest Sign(const std::string& action, const QueryParameters& parameters) {
    return SignRpc(kind, {action, "2020-01-01", parameters}, "https://dts.aliyuncs.com",
                   credentials, now + skew, random.Hex128());
  }
  SimulatedReply Send(const HttpRequest& request) { return sim.Handle(request, now); }
  SimulatedReply Call(const std::string& action, const QueryParameters& parameters) {
    return Send(Sign(action, parameters));
  }
  SimulatedReply Call(const std::string& action, const std::string& job_id) {
    return Call(action, QueryParameters{{"DtsJobId", job_id}});
  }
  // The code of the error in `reply`, in whatever shape; "" of a success.
  static std::string CodeOf(const SimulatedReply& reply) {
    const Json body = ParseJson(reply.body).value_or(Json());
    const std::string code = StringOr(Member(body, "Code"));
    return code.empty() ? StringOr(Member(body, "ErrCode")) : code;
  }
  std::string Code(const std::string& action, const std::string& job_id) {
    return CodeOf(Call(action, job_id));
  }
  std::string Status(const std::string& job_id, bool reverse = false) {
    return sim.FindJob(job_id, now)->leg(reverse).status;
  }
  const CallRecord& LastCall() const { return sim.calls().records().back(); }

  WallTime now;
  Duration skew{0};
  SignatureKind kind = SignatureKind::kAcs3;
  Credentials credentials{"key", SecretString("secret"), SecretString()};
  Random random{2};
  DtsSimulator sim;
};

inline Json BodyOf(const SimulatedReply& reply) {
  auto body = ParseJson(reply.body);
  EXPECT_TRUE(body.has_value()) << reply.body;
  return body.value_or(Json());
}

}  // namespace dtsop::simulator
