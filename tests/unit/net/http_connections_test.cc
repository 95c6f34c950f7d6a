#include "net/http_connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace dtsop {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HttpConnectionsTest : public testing::Test {
 protected:
  void Add(uint64_t id, const char* source) {
    connections_.Add(id, source, [this, id] { closed_.push_back(id); });
  }
  std::vector<uint64_t> Evicted(int count) {
    for (int i = 0; i < count; ++i) connections_.EvictOne();
    return std::exchange(closed_, {});
  }

  HttpConnections connections_;
  std::vector<uint64_t> closed_;
};

TEST_F(HttpConnectionsTest, TheOneIdleForLongestMakesRoom) {
  for (const uint64_t id : {1, 2, 3}) Add(id, "a");
  connections_.SetIdle(1, false);
  connections_.SetIdle(1, true);
  EXPECT_THAT(Evicted(3), ElementsAre(2, 3, 1));
}

TEST_F(HttpConnectionsTest, IdleOnesMakeRoomBeforeBusyOnes) {
  for (const uint64_t id : {1, 2, 3}) Add(id, "a");
  connections_.SetIdle(1, false);
  connections_.SetIdle(3, false);
  EXPECT_THAT(Evicted(3), ElementsAre(2, 1, 3));
}

TEST_F(HttpConnectionsTest, TheSourceThatHasTheMostLosesItsOwn) {
  Add(1, "kubelet");
  for (const uint64_t id : {2, 3, 4}) Add(id, "flood");
  for (const uint64_t id : {2, 3, 4}) connections_.SetIdle(id, false);
  EXPECT_THAT(Evicted(2), ElementsAre(2, 3));
  connections_.Remove(4);
  EXPECT_THAT(Evicted(1), ElementsAre(1));
}

TEST_F(HttpConnectionsTest, OneThatIsGoneIsNotClosed) {
  Add(1, "a");
  connections_.Remove(1);
  connections_.Remove(1);
  connections_.SetIdle(1, true);
  EXPECT_EQ(connections_.size(), 0U);
  EXPECT_THAT(Evicted(1), IsEmpty());
}

}  // namespace
}  // namespace dtsop
