#include <gmock/gmock.h>

#include <filesystem>

#include "tests/integration/crd/crd_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kReady = R"({"type": "Ready", "status": "True", "reason": "Running",
    "message": "DTS runs the job", "lastTransitionTime": "2026-01-02T03:04:05Z"})";

// kstatus takes an object without conditions for finished unless observedGeneration differs.
TEST_F(Crd, IsBornUnobserved) {
  ApplyOk("newborn", "{dtsJobId: a}");
  EXPECT_EQ(Get("newborn")["status"], (Json{{"observedGeneration", -1}}));
}

TEST_F(Crd, KeepsSpecAndStatusApart) {
  const CommandResult created =
      Kubectl({"create", "-f", "-"},
              "{apiVersion: dts.aliyun.com/v1alpha1, kind: DtsJob, metadata: {name: apart}, "
              "spec: {dtsJobId: a}, status: {jobStatus: Forged}}");
  ASSERT_EQ(created.exit, 0) << created.err;
  EXPECT_EQ(Get("apart")["status"], (Json{{"observedGeneration", -1}}));

  const CommandResult patched = Kubectl(
      {"patch", "dtsjob", "apart", "--subresource=status", "--type=merge", "--patch",
       R"({"spec": {"desiredState": "Stopped"}, "status": {"jobStatus": "Synchronizing"}})"});
  ASSERT_EQ(patched.exit, 0) << patched.err;
  const Json job = Get("apart");
  EXPECT_EQ(job["spec"]["desiredState"], "Running");
  EXPECT_EQ(job["status"]["jobStatus"], "Synchronizing");
  EXPECT_EQ(job["metadata"]["generation"], 1);
}

TEST_F(Crd, StoresEveryFieldOfTheStatus) {
  ApplyOk("full", "{dtsJobId: a}");
  const std::string status = R"({
    "observedGeneration": 1, "jobStatus": "Synchronizing", "lastHandledReconcileAt": "now",
    "conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1, "reason": "Running",
                    "message": "", "lastTransitionTime": "2026-01-02T03:04:05Z"}],
    "start": {"key": "k", "episode": 1, "attempt": 2, "nonce": "n", "outcome": "Succeeded",
              "intentTime": "2026-01-02T03:04:05Z", "requestId": "r"},
    "lastError": {"source": "API", "httpStatusCode": 400, "errCode": "Throttling.User",
                  "errMessage": "%s", "dynamicMessage": "d", "message": "m", "dynamicCode": "c",
                  "requestId": "r", "recommendUrl": "https://example.com", "count": 3,
                  "firstTime": "2026-01-02T03:04:05Z", "lastTime": "2026-01-02T03:04:05Z"},
    "precheck": {"failedItems": [{"item": "CHECK_CONN_SRC", "result": "Failed", "reason": "m",
                                  "repairMethod": "CHECK_ERROR_DB_CONN_REPAIR1"}]}})";
  const CommandResult patched = PatchStatus("full", status);
  ASSERT_EQ(patched.exit, 0) << patched.err;
  EXPECT_EQ(Get("full")["status"], ParseJson(status).value());
}

TEST_F(Crd, RefusesMalformedConditions) {
  ApplyOk("conditions", "{dtsJobId: a}");
  struct Case {
    const char* member;
    Json value;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"reason", "OperationDenied.NotPurchased", "reason in body should match"},
      {"reason", "", "reason in body should be at least 1 chars long"},
      {"status", "Yes", R"(supported values: "True", "False", "Unknown")"},
      {"type", "not a type", "type in body should match"},
      {"lastTransitionTime", "yesterday", "must be of type date-time"},
      {"message", std::string(32769, 'x'), "may not be more than 32768"},
  };
  for (const Case& c : cases) {
    Json condition = ParseJson(kReady).value();
    condition[c.member] = c.value;
    const CommandResult patched =
        PatchStatus("conditions", DumpJson(Json{{"conditions", Json::array({condition})}}));
    EXPECT_EQ(patched.exit, 1) << c.message;
    EXPECT_THAT(patched.err, HasSubstr(c.message));
  }
  const CommandResult twice =
      PatchStatus("conditions", fmt::format(R"({{"conditions": [{}, {}]}})", kReady, kReady));
  EXPECT_THAT(twice.err, HasSubstr("Duplicate value"));
}

// The longest text is measured in characters: a message in Chinese may have three times the bytes.
TEST_F(Crd, AcceptsTheLongestConditionMessage) {
  ApplyOk("longest", "{dtsJobId: a}");
  Json condition = ParseJson(kReady).value();
  std::string message;
  for (int i = 0; i < 32768; ++i) message += "误";
  condition["message"] = message;
  const CommandResult patched =
      Kubectl({"patch", "dtsjob", "longest", "--subresource=status", "--type=merge", "--patch-file",
               "/dev/stdin"},
              DumpJson(Json{{"status", {{"conditions", Json::array({condition})}}}}));
  EXPECT_EQ(patched.exit, 0) << patched.err;
}

// kubectl wait counts a condition only when observedGeneration has caught up with the spec.
TEST_F(Crd, LetsKubectlWaitForTheStatusOfTheLatestSpec) {
  ApplyOk("waited", "{dtsJobId: a}");
  const auto wait = [](const char* timeout) {
    return Kubectl({"wait", "--for=condition=Ready", "dtsjob/waited", timeout});
  };
  ASSERT_EQ(PatchStatus("waited", fmt::format(R"({{"conditions": [{}]}})", kReady)).exit, 0);
  EXPECT_EQ(wait("--timeout=100ms").exit, 1);
  ASSERT_EQ(PatchStatus("waited", R"({"observedGeneration": 1})").exit, 0);
  EXPECT_EQ(wait("--timeout=20s").exit, 0);
  ApplyOk("waited", "{dtsJobId: a, desiredState: Stopped}");
  EXPECT_EQ(wait("--timeout=100ms").exit, 1);
}

TEST_F(Crd, PrintsWhatAnOperatorLooksFor) {
  ApplyOk("columns", "{dtsJobId: job-7, desiredState: Suspended}");
  const std::string status = fmt::format(
      R"({{"jobStatus": "Suspending", "conditions": [{}], "lastError": {{"errCode": "Some.Code"}}}})",
      kReady);
  ASSERT_EQ(PatchStatus("columns", status).exit, 0);
  EXPECT_THAT(Kubectl({"get", "dtsj", "columns"}).out,
              testing::ContainsRegex("^NAME +DESIRED +JOB STATUS +READY +REASON +AGE\n"
                                     "columns +Suspended +Suspending +True +Running +[0-9]+s\n$"));
  EXPECT_THAT(Kubectl({"get", "dtsj", "columns", "-o", "wide"}).out,
              testing::ContainsRegex("AGE +JOB ID +LAST ERROR +MESSAGE\n.*"
                                     " job-7 +Some.Code +DTS runs the job\n$"));
}

TEST_F(Crd, ListsJobsByShortNameAndCategory) {
  ApplyOk("listed", "{dtsJobId: a}");
  EXPECT_EQ(Kubectl({"get", "dtsj", "listed"}).exit, 0);
  EXPECT_THAT(Kubectl({"get", "dts"}).out, HasSubstr("listed"));
}

TEST_F(Crd, ExplainsItsFields) {
  const CommandResult state = Kubectl({"explain", "dtsjob.spec.desiredState"});
  EXPECT_THAT(state.out, HasSubstr("ENUM:\n    Running\n    Suspended\n    Stopped\n"));
  EXPECT_THAT(state.out, HasSubstr("The state the DTS job should be in."));
}

// Adds a failure for each field below `schema` without a description or without a bound: the
// operator's writes are the only thing between a huge answer of DTS and etcd.
void ExpectDescribedAndBounded(const std::string& path, const Json& schema) {
  EXPECT_THAT(StringOr(Member(schema, "description")), Not("")) << path;
  const std::string type = StringOr(Member(schema, "type"));
  if (type == "string") {
    EXPECT_TRUE(schema.contains("maxLength") || schema.contains("enum") ||
                schema.contains("format"))
        << path;
  }
  if (type == "array") {
    EXPECT_TRUE(schema.contains("maxItems")) << path;
    ExpectDescribedAndBounded(path + "[]", Member(schema, "items"));
  }
  if (!schema.contains("properties")) return;
  for (const auto& [name, child] : schema["properties"].items()) {
    ExpectDescribedAndBounded(fmt::format("{}.{}", path, name), child);
  }
}

TEST_F(Crd, DescribesAndBoundsEveryField) {
  const CommandResult got = Kubectl({"get", "crd", "dtsjobs.dts.aliyun.com", "-o", "json"});
  const Json crd = ParseJson(got.out).value_or(Json());
  ASSERT_EQ(crd["spec"]["versions"].size(), 1U);
  const Json& root = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
  EXPECT_THAT(StringOr(Member(root, "description")), Not(""));
  for (const char* part : {"spec", "status"}) {
    ExpectDescribedAndBounded(part, root["properties"][part]);
  }
}

TEST_F(Crd, StaysSmall) {
  EXPECT_LE(std::filesystem::file_size(RepositoryPath("crds/dtsjobs.yaml")), 25 * 1024U);
}

}  // namespace
}  // namespace dtsop
