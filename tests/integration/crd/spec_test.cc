#include <gmock/gmock.h>

#include "tests/integration/crd/crd_fixture.h"

namespace dtsop {
namespace {

using testing::HasSubstr;

TEST_F(Crd, FillsTheDefaultsOfTheSmallestJob) {
  ApplyOk("smallest", "{dtsJobId: l3m1213ye7l1234}");
  EXPECT_EQ(Get("smallest")["spec"], (Json{{"dtsJobId", "l3m1213ye7l1234"},
                                           {"synchronizationDirection", "Forward"},
                                           {"desiredState", "Running"},
                                           {"pollInterval", "60s"}}));
}

TEST_F(Crd, AcceptsEveryKindOfValidSpec) {
  const std::vector<std::string> specs = {
      "{dtsJobId: " + std::string(64, 'a') + "}",
      "{dtsJobId: A-b_9, dtsInstanceId: dtsl3m1213ye7l1234}",
      "{dtsJobId: a, regionId: cn-hangzhou}",
      "{dtsJobId: a, regionId: cn-north-2-gov-1}",
      "{dtsJobId: a, regionId: me-central-1}",
      "{dtsJobId: a, synchronizationDirection: Reverse}",
      "{dtsJobId: a, desiredState: Suspended}",
      "{dtsJobId: a, desiredState: Stopped}",
      "{dtsJobId: a, desiredState: Unmanaged}",
      "{dtsJobId: a, restartToken: '2026-11-27T10:00:00Z'}",
      "{dtsJobId: a, credentialsSecretRef: {name: team-a.dts}}",
      "{dtsJobId: a, pollInterval: 10s}",
      "{dtsJobId: a, pollInterval: 1h30m}",
      "{dtsJobId: a, pollInterval: 24h}",
  };
  for (size_t i = 0; i < specs.size(); ++i) {
    const CommandResult applied = Apply(fmt::format("valid-{}", i), specs[i]);
    EXPECT_EQ(applied.exit, 0) << specs[i] << "\n" << applied.err;
  }
}

TEST_F(Crd, RefusesInvalidSpecsWithAReadableMessage) {
  struct Case {
    std::string spec;
    std::string message;
  };
  const std::string id = "spec.dtsJobId in body should ";
  const std::string region = "spec.regionId in body should ";
  const std::string secret = "spec.credentialsSecretRef.name";
  const std::string poll = "pollInterval must be a duration between 10s and 24h";
  const std::vector<Case> cases = {
      {"{}", "spec.dtsJobId: Required value"},
      {"{dtsJobId: ''}", id + "be at least 1 chars long"},
      {"{dtsJobId: " + std::string(65, 'a') + "}",
       "spec.dtsJobId: Too long: may not be more than 64"},
      {"{dtsJobId: l3m.1}", id + "match '^[A-Za-z0-9_-]+$'"},
      {"{dtsJobId: 'a b'}", id + "match"},
      {"{dtsJobId: a/../b}", id + "match"},
      {"{dtsJobId: 'a&Action=DeleteDtsJob'}", id + "match"},
      {"{dtsJobId: 7}", "spec.dtsJobId in body must be of type string"},
      {"{dtsJobId: a, dtsInstanceId: 'a b'}", "spec.dtsInstanceId in body should match"},
      {"{dtsJobId: a, dtsInstanceId: ''}", "spec.dtsInstanceId in body should be at least 1"},
      {"{dtsJobId: a, regionId: ''}", region + "match '^[a-z]{2}(-[a-z0-9]+)+$'"},
      {"{dtsJobId: a, regionId: cn}", region + "match"},
      {"{dtsJobId: a, regionId: CN-hangzhou}", region + "match"},
      {"{dtsJobId: a, regionId: cn-hangzhou.evil.example}", region + "match"},
      {"{dtsJobId: a, regionId: cn-hangzhou/x}", region + "match"},
      {"{dtsJobId: a, regionId: cn-" + std::string(38, 'a') + "}", "may not be more than 40"},
      {"{dtsJobId: a, synchronizationDirection: Backward}",
       R"(supported values: "Forward", "Reverse")"},
      {"{dtsJobId: a, desiredState: Paused}",
       R"(supported values: "Running", "Suspended", "Stopped", "Unmanaged")"},
      {"{dtsJobId: a, desiredState: running}",
       R"(spec.desiredState: Unsupported value: "running")"},
      {"{dtsJobId: a, credentialsSecretRef: {}}", secret + ": Required value"},
      {"{dtsJobId: a, credentialsSecretRef: {name: other/secret}}",
       secret + " in body should match"},
      {"{dtsJobId: a, credentialsSecretRef: {name: Upper}}", secret + " in body should match"},
      {"{dtsJobId: a, credentialsSecretRef: {name: " + std::string(254, 'a') + "}}",
       "more than 253"},
      {"{dtsJobId: a, pollInterval: 9s}", poll},
      {"{dtsJobId: a, pollInterval: 24h1s}", poll},
      {"{dtsJobId: a, pollInterval: -60s}", poll},
      {"{dtsJobId: a, pollInterval: '60'}", poll},
      {"{dtsJobId: a, pollInterval: often}", poll},
      {"{dtsJobId: a, pollInterval: ''}", poll},
      {"{dtsJobId: a, pollInterval: 99999h99999h99999h99999h99999h}", poll},
      {"{dtsJobId: a, pollInterval: 60}", "spec.pollInterval in body must be of type string"},
  };
  for (const Case& c : cases) {
    const CommandResult applied = Apply("invalid", c.spec);
    EXPECT_EQ(applied.exit, 1) << c.spec;
    EXPECT_THAT(applied.err, HasSubstr(c.message)) << c.spec;
  }
}

TEST_F(Crd, RefusesAnObjectWithoutSpec) {
  const CommandResult applied =
      Kubectl({"apply", "-f", "-"},
              "{apiVersion: dts.aliyun.com/v1alpha1, kind: DtsJob, metadata: {name: no-spec}}");
  EXPECT_EQ(applied.exit, 1);
  EXPECT_THAT(applied.err, HasSubstr("spec: Required value"));
}

TEST_F(Crd, KeepsTheJobIdForLife) {
  ApplyOk("immutable", "{dtsJobId: first}");
  const CommandResult changed = Apply("immutable", "{dtsJobId: second}");
  EXPECT_EQ(changed.exit, 1);
  EXPECT_THAT(changed.err, HasSubstr("dtsJobId is immutable: create a new DtsJob for another job"));
  EXPECT_EQ(Get("immutable")["spec"]["dtsJobId"], "first");
}

TEST_F(Crd, LetsEverythingElseChange) {
  ApplyOk("mutable", "{dtsJobId: a}");
  ApplyOk(
      "mutable",
      "{dtsJobId: a, dtsInstanceId: b, regionId: cn-beijing, synchronizationDirection: Reverse, "
      "desiredState: Stopped, credentialsSecretRef: {name: c}, pollInterval: 5m}");
  EXPECT_EQ(Get("mutable")["metadata"]["generation"], 2);
}

TEST_F(Crd, NamesUnknownFieldsAndNeverStoresThem) {
  const std::string spec =
      "{dtsJobId: a, deletionPolicy: Stop, credentialsSecretRef: {name: b, namespace: other}}";
  const CommandResult strict = Apply("unknown", spec);
  EXPECT_EQ(strict.exit, 1);
  EXPECT_THAT(strict.err, HasSubstr(R"(unknown field "spec.deletionPolicy")"));
  EXPECT_THAT(strict.err, HasSubstr(R"(unknown field "spec.credentialsSecretRef.namespace")"));

  const CommandResult loose =
      Kubectl({"create", "--validate=ignore", "-f", "-"}, Manifest("unknown", spec));
  ASSERT_EQ(loose.exit, 0) << loose.err;
  EXPECT_FALSE(Get("unknown")["spec"].contains("deletionPolicy"));
  EXPECT_EQ(Get("unknown")["spec"]["credentialsSecretRef"], (Json{{"name", "b"}}));
}

}  // namespace
}  // namespace dtsop
