// A list of namespaces, one of which is gone or may not be read.
#include "tests/integration/operator/operator_fixture.h"

namespace dtsop {
namespace {

constexpr const char* kBinding =
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/dts-operator";

class Namespaces : public OperatorTest {
 protected:
  // The rights of the ClusterRole, but in the test's namespace only.
  void SetUp() override {
    OperatorTest::SetUp();
    binding_ = Api().Get(kBinding);
    ASSERT_FALSE(binding_.is_null());
    Json here = {{"metadata", {{"name", "dts-operator"}}},
                 {"roleRef", Member(binding_, "roleRef")},
                 {"subjects", Member(binding_, "subjects")}};
    Api().Must("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/" + space() + "/rolebindings",
               here);
    Api().Must("DELETE", kBinding);
  }
  void TearDown() override {
    OperatorTest::TearDown();
    binding_["metadata"] = {{"name", "dts-operator"}};
    Api().Must("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding_);
  }

 private:
  Json binding_;
};

TEST_F(Namespaces, OneThatMayNotBeReadDoesNotKeepTheOthersFromBeingServed) {
  OperatorProcess& process = Start({"--watch-namespace=" + space() + ", gone"});
  CreateJob("orders");
  EXPECT_TRUE(BecomesReady("orders"));
  EXPECT_TRUE(Eventually([&] { return process.Probe("/readyz") == 200; }));
  EXPECT_TRUE(process.Logged(R"("namespace":"gone")"));
  EXPECT_TRUE(process.Logged("forbidden"));
  EXPECT_EQ(process.Metric("dts_namespace_readable{namespace=\"" + space() + "\"}"), 1);
  std::string metrics;
  process.Probe("/metrics", &metrics);
  EXPECT_THAT(metrics, testing::HasSubstr("dts_namespace_readable{namespace=\"gone\"} 0"));
}

TEST_F(Namespaces, WithoutAnyThatMayBeReadItIsNotReady) {
  OperatorProcess& process = Start({"--watch-namespace=gone"});
  EXPECT_TRUE(Eventually([&] { return process.Logged("forbidden"); }));
  EXPECT_EQ(process.Probe("/readyz"), 503);
}

}  // namespace
}  // namespace dtsop
