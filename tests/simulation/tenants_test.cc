// Tenants of the whole operator that come and go.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/sim_world.h"

namespace dtsop::sim {
namespace {

TEST(Tenants, ThatComeAndGoLeaveNoSecretAndNoAccount) {
  SimWorld world({});
  SimProcess& process = world.AddOperator("pod-a");
  process.Start();
  world.Run(minutes(1));
  constexpr size_t kTenants = 12;
  size_t served = 0;
  for (size_t i = 0; i < kTenants; ++i) {
    const std::string tenant = fmt::format("tenant{}", i);
    const Json spec = {{"dtsJobId", "l3m1213ye7l1234"},
                       {"desiredState", "Running"},
                       {"credentialsSecretRef", {{"name", "dts"}}}};
    world.kubernetes().PutSecret(tenant, "dts",
                                 {{"accessKeyId", tenant}, {"accessKeySecret", kAccessKeySecret}},
                                 world.clock().wall());
    world.kubernetes().CreateDtsJob(tenant, "orders", spec, world.clock().wall());
    world.Run(minutes(1));
    served += std::min(process.State().secrets, process.State().accounts);
    world.kubernetes().DeleteDtsJob(tenant, "orders", world.clock().wall());
    world.Run(seconds(5));
    EXPECT_EQ(process.State().secrets, 0U) << tenant;
    EXPECT_EQ(process.State().accounts, 1U) << "for whoever creates it again";
    world.Run(minutes(6));
    EXPECT_EQ(process.State().accounts, 0U) << tenant;
  }
  EXPECT_EQ(served, kTenants) << "each was known while it was there";
  EXPECT_TRUE(world.checker().failures().empty()) << world.checker().failures().front();
}

}  // namespace
}  // namespace dtsop::sim
