// Two namespaces as tenants of one operator, the test's own and a bank: what one has, sees and does
// is nothing to the other.
#include <sstream>

#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Tenants : public OperatorTest {
 protected:
  void SetUp() override {
    OperatorTest::SetUp();
    bank_ = "bank" + space().substr(space().rfind('-'));
    Api().Must("POST", "/api/v1/namespaces", {{"metadata", {{"name", bank_}}}});
    for (const std::string& ns : {space(), bank_}) {
      const CommandResult bound = Envtest::Get().Kubectl(
          {"apply", "-n", ns, "-f", RepositoryPath("deploy/tenant/secret-access.yaml")}, "",
          seconds(60));
      ASSERT_EQ(bound.exit, 0) << bound.err;
    }
    process_ = &Start({"--watch-namespace=" + space() + "," + bank_,
                       "--own-credentials-namespaces=", "--log-level=debug"});
  }
  void TearDown() override {
    // The operator is gone when its DtsJobs go.
    OperatorTest::TearDown();
    Api().Call("DELETE", BankPath());
  }

  // As OperatorTest does it, in the bank.
  std::string BankPath(const std::string& name = "") const {
    std::string path = JobPath(name);
    return path.replace(path.find(space()), space().size(), bank_);
  }
  Json BankJob(const std::string& name) { return Api().Get(BankPath(name)); }
  void PutBankSecret(const std::string& id, const std::string& secret) {
    Api().Must("POST", "/api/v1/namespaces/" + bank_ + "/secrets",
               {{"metadata", {{"name", "dts-credentials"}}},
                {"stringData", {{"accessKeyId", id}, {"accessKeySecret", secret}}}});
  }
  static Json SpecOf(const std::string& dts_job_id) {
    return {{"dtsJobId", dts_job_id},
            {"pollInterval", "10s"},
            {"credentialsSecretRef", {{"name", "dts-credentials"}}}};
  }
  void CreateBankJob(const std::string& name, const std::string& dts_job_id) {
    Api().Must("POST", BankPath(),
               {{"apiVersion", "dts.aliyun.com/v1alpha1"},
                {"kind", "DtsJob"},
                {"metadata", {{"name", name}}},
                {"spec", SpecOf(dts_job_id)}});
  }
  std::string BankReason(const std::string& name) {
    const Json job = BankJob(name);
    for (const Json& condition : Member(job, "status", "conditions")) {
      if (StringOr(Member(condition, "type")) == "Ready")
        return StringOr(Member(condition, "reason"));
    }
    return "";
  }
  bool BankBecomes(const std::string& name, const std::string& reason) {
    return Eventually([&] { return BankReason(name) == reason; });
  }

  // What people of a namespace can read: its DtsJobs and its events.
  std::string Shown(const std::string& ns) {
    const std::string jobs = ns == bank_ ? BankPath() : JobPath();
    return DumpJson(Api().Get(jobs)) +
           DumpJson(Api().Get("/apis/events.k8s.io/v1/namespaces/" + ns + "/events"));
  }
  // The log of what was done for a namespace.
  std::string Logged(const std::string& ns) const {
    std::string text;
    std::istringstream lines(process_->Log());
    for (std::string line; std::getline(lines, line);) {
      if (line.find("\"object\":\"" + ns + "/") != std::string::npos) text += line + "\n";
    }
    return text;
  }
  // Neither finds the other's namespace or the name of a DtsJob that only the other has.
  void ExpectNoWordOfEachOther(const std::string& own_name, const std::string& bank_name) {
    EXPECT_THAT(Shown(space()) + Logged(space()),
                AllOf(Not(HasSubstr(bank_)), Not(HasSubstr(bank_name))));
    EXPECT_THAT(Shown(bank_) + Logged(bank_),
                AllOf(Not(HasSubstr(space())), Not(HasSubstr(own_name))));
  }
  double BreakersOpened() { return process_->Metric("dts_breaker_opened_total"); }

  std::string bank_;
  OperatorProcess* process_ = nullptr;
};

TEST_F(Tenants, OneThatNamesAJobFirstWithoutCredentialsForItStandsInNobodysWay) {
  dts().AddJob("orders");
  PutBankSecret(DtsEndpoint::kAccessKeyId, "wrong-secret");
  CreateBankJob("squatter", "orders");
  EXPECT_TRUE(BankBecomes("squatter", "SignatureDoesNotMatch"));
  PutSecret("dts-credentials", DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  CreateJob("owner", SpecOf("orders"));
  EXPECT_TRUE(BecomesReady("owner", seconds(20)));
  EXPECT_EQ(dts().StartsOf("orders"), 1);
  // Nor does one that comes later hear that somebody has the job.
  CreateBankJob("latecomer", "orders");
  EXPECT_TRUE(BankBecomes("latecomer", "SignatureDoesNotMatch"));
  ExpectNoWordOfEachOther("owner", "squatter");
  EXPECT_THAT(Shown(bank_) + Shown(space()), Not(HasSubstr("Conflict")));
}

TEST_F(Tenants, OneWithACopiedIdAndAWrongSecretDisturbsAndSeesNothing) {
  constexpr int kJobs = 6;
  PutSecret("dts-credentials", DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  for (int i = 0; i < kJobs; ++i) {
    dts().AddJob(fmt::format("job{}", i));
    CreateJob(fmt::format("owner{}", i), SpecOf(fmt::format("job{}", i)));
  }
  for (int i = 0; i < kJobs; ++i) EXPECT_TRUE(BecomesReady(fmt::format("owner{}", i)));
  const Json before = GetJob("owner0");

  // They look at their own job in vain, and at those of the other.
  PutBankSecret(DtsEndpoint::kAccessKeyId, "wrong-secret");
  for (int i = 0; i < kJobs; ++i) CreateBankJob(fmt::format("copy{}", i), fmt::format("job{}", i));
  for (int i = 0; i < kJobs; ++i) {
    const std::string name = fmt::format("copy{}", i);
    EXPECT_TRUE(BankBecomes(name, "SignatureDoesNotMatch")) << name;
    EXPECT_TRUE(Member(BankJob(name), "status", "jobStatus").is_null()) << name;
  }
  // A look that is asked for comes at once, and so does a start.
  PatchJob("owner1",
           {{"metadata", {{"annotations", {{"dts.aliyun.com/reconcile-requested-at", "now"}}}}}});
  EXPECT_TRUE(Eventually(
      [&] { return Member(GetJob("owner1"), "status", "lastHandledReconcileAt") == "now"; },
      seconds(10)));
  dts().AddJob("fresh");
  CreateJob("fresh", SpecOf("fresh"));
  EXPECT_TRUE(BecomesReady("fresh", seconds(20)));
  EXPECT_EQ(GetJob("owner0"), before) << "nothing is written, as nothing has changed";
  EXPECT_EQ(BreakersOpened(), 0);
  EXPECT_THAT(Shown(space()), Not(HasSubstr("SignatureDoesNotMatch")));
  ExpectNoWordOfEachOther("owner", "copy");
}

TEST_F(Tenants, TheSameSecretInTwoNamespacesIsOneAccount) {
  constexpr int kJobs = 8;
  PutSecret("dts-credentials", DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  PutBankSecret(DtsEndpoint::kAccessKeyId, DtsEndpoint::kAccessKeySecret);
  for (int i = 0; i < 2 * kJobs; ++i) {
    const std::string id = fmt::format("job{}", i);
    dts().AddJob(id);
    i % 2 == 0 ? CreateJob(id, SpecOf(id)) : CreateBankJob(fmt::format("till{}", i), id);
  }
  for (int i = 0; i < 2 * kJobs; i += 2) {
    EXPECT_TRUE(BecomesReady(fmt::format("job{}", i)));
    EXPECT_TRUE(BankBecomes(fmt::format("till{}", i + 1), "Running")) << i + 1;
  }
  // Two paces would have been too fast for DTS, which refuses 5 of 10 calls at once then. A call
  // that was a moment longer on its way than the one before it may meet a full second all the same.
  int refused = 0;
  for (const Json& call : dts().Calls()) refused += StringOr(Member(call, "verdict")) != "accepted";
  EXPECT_LE(refused, 2);
  for (int i = 0; i < 2 * kJobs; ++i) EXPECT_EQ(dts().StartsOf(fmt::format("job{}", i)), 1) << i;

  // Of two DtsJobs of one DTS job the older one manages it.
  CreateJob("younger", SpecOf("job1"));
  EXPECT_TRUE(Becomes("younger", "False", "Conflict"));
  EXPECT_THAT(ReadyMessage("younger"), HasSubstr("another namespace"));
  EXPECT_EQ(BankReason("till1"), "Running");
  ExpectNoWordOfEachOther("younger", "till");

  // The tenant goes: the job is the younger one's.
  Api().Must("DELETE", BankPath());
  EXPECT_TRUE(BecomesReady("younger"));
  EXPECT_EQ(dts().StartsOf("job1"), 1);
  EXPECT_TRUE(
      Eventually([&] { return process_->Metric("dts_jobs{ready=\"True\"}") == kJobs + 1; }));
}

}  // namespace
}  // namespace dtsop
