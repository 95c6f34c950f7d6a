#include "tests/unit/watch/watching.h"

namespace dtsop {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(Watching, ListsPageByPageAndStoresTheWholeAtOnce) {
  Tick();
  EXPECT_THAT(Target(), HasSubstr("/namespaces/shop/dtsjobs?limit=500"));
  probe_.Answer(200, Page({Job("a", 1)}, 10, "token&1"));
  EXPECT_FALSE(reflector_.synced());
  EXPECT_TRUE(store_.jobs().empty());
  EXPECT_THAT(Target(), HasSubstr("continue=token%261"));
  probe_.Answer(200, Page({Job("b", 2)}, 10));
  EXPECT_TRUE(reflector_.synced());
  EXPECT_THAT(changed_, ElementsAre("a", "b"));
  EXPECT_THAT(Target(), HasSubstr("watch=true"));
}

TEST_F(Watching, AnExpiredLaterPageBeginsTheListAnew) {
  Tick();
  probe_.Answer(200, Page({Job("a", 1)}, 10, "t"));
  probe_.Answer(410, R"({"kind":"Status","reason":"Expired","code":410})");
  EXPECT_EQ(UntilNextRequest(), Duration{0});
  EXPECT_THAT(Target(), Not(HasSubstr("continue")));
  probe_.Answer(200, Page({Job("b", 2)}, 11));
  EXPECT_THAT(changed_, ElementsAre("b")) << "the first attempt's page is dropped";
}

TEST_F(Watching, AFailedPageIsTriedAgainFromTheBeginningLaterAndLater) {
  Tick();
  probe_.Answer(200, Page({Job("a", 1)}, 10, "t"));
  Duration last{0};
  for (int i = 0; i < 8; ++i) {
    probe_.Answer(500, "broken");
    last = UntilNextRequest();
    EXPECT_GT(last, milliseconds(100));
    EXPECT_THAT(Target(), Not(HasSubstr("continue")));
  }
  EXPECT_GT(last, seconds(10));
  EXPECT_LE(last, seconds(30));
}

TEST_F(Watching, AListThatIsNoneIsAFailure) {
  Tick();
  for (const char* body : {"", "<html>", "[]", R"({"items":7})", "{}"}) {
    probe_.Answer(200, body);
    EXPECT_FALSE(reflector_.synced());
    UntilNextRequest();
    EXPECT_TRUE(Lists());
  }
}

TEST_F(Watching, EventsChangeTheStore) {
  Sync();
  probe_.Chunk(Line("ADDED", Job("a", 11)) + Line("MODIFIED", Job("a", 12, "Stopped")));
  EXPECT_EQ(store_.Find({"shop", "a"})->spec.desired_state, DesiredState::kStopped);
  probe_.Chunk(Line("DELETED", Job("a", 13)));
  EXPECT_EQ(store_.Find({"shop", "a"}), nullptr);
  EXPECT_THAT(changed_, ElementsAre("a", "a", "a"));
}

TEST_F(Watching, EventsMayArriveInAnySlices) {
  Sync();
  for (const char c : Line("ADDED", Job("a", 11))) probe_.Chunk(std::string(1, c));
  EXPECT_THAT(changed_, ElementsAre("a"));
}

TEST_F(Watching, AnEndedWatchGoesOnFromTheLastBookmark) {
  Sync();
  probe_.Chunk(Bookmark(50));
  probe_.Advance(seconds(11));
  probe_.Answer(200, "");
  EXPECT_EQ(UntilNextRequest(), Duration{0});
  EXPECT_THAT(Target(), HasSubstr("resourceVersion=50"));
  EXPECT_THAT(changed_, IsEmpty());
}

TEST_F(Watching, AWatchThatEndsAtOnceIsNotRepeatedAtFullSpeed) {
  Sync();
  for (int i = 0; i < 10; ++i) {
    probe_.Answer(200, "");
    EXPECT_GE(UntilNextRequest(), seconds(1));
    probe_.Head(200);
  }
}

TEST_F(Watching, AnExpiredVersionLeadsToANewList) {
  Sync();
  probe_.Chunk(ErrorEvent(410, "Expired"));
  EXPECT_LT(UntilNextRequest(), seconds(1));
  EXPECT_TRUE(Lists());
}

TEST_F(Watching, AnExpiredVersionAtTheRequestLeadsToANewList) {
  Sync();
  probe_.Advance(seconds(11));
  probe_.Answer(200, "");
  UntilNextRequest();
  probe_.Answer(410, R"({"kind":"Status","reason":"Gone","code":410})");
  UntilNextRequest();
  EXPECT_TRUE(Lists());
}

TEST_F(Watching, ExpiryAgainAndAgainSlowsDown) {
  Sync();
  Duration last{0};
  for (int i = 0; i < 8; ++i) {
    probe_.Answer(410, R"({"kind":"Status","reason":"Gone","code":410})");
    last = UntilNextRequest();
    ASSERT_TRUE(Lists());
    probe_.Answer(200, Page({}, 10));
  }
  EXPECT_GT(last, seconds(1));
}

TEST_F(Watching, AServersErrorEventStartsOverAfterADelay) {
  Sync();
  probe_.Chunk(ErrorEvent(500, "InternalError"));
  EXPECT_GT(UntilNextRequest(), milliseconds(100));
  EXPECT_TRUE(Lists());
  EXPECT_THAT(probe_.Logged(), ::testing::Contains("the API server ended the watch with an error"));
}

TEST_F(Watching, AServerThatAsksToWaitIsObeyed) {
  Sync();
  probe_.Answer(429, "", {{"Retry-After", "7"}});
  EXPECT_EQ(UntilNextRequest(), seconds(7));
  EXPECT_THAT(Target(), HasSubstr("watch=true"));
  probe_.Head(200);
  probe_.Chunk(ErrorEvent(429, "TooManyRequests", 9));
  EXPECT_EQ(UntilNextRequest(), seconds(9));
}

TEST_F(Watching, AServerThatAsksForNoTimeOrAYearIsAskedAgainAtAReasonablePace) {
  Sync();
  for (const char* after : {"0", "Sun, 06 Nov 1994 08:49:37 GMT"}) {
    probe_.Answer(429, "", {{"Retry-After", after}});
    EXPECT_GE(UntilNextRequest(), seconds(1)) << after;
  }
  for (const char* after : {"31536000", "Sun, 06 Nov 2094 08:49:37 GMT"}) {
    probe_.Answer(429, "", {{"Retry-After", after}});
    EXPECT_LE(UntilNextRequest(), seconds(30)) << after;
  }
}

TEST_F(Watching, ARestoredServerIsBelievedOnceItHasBeenListed) {
  Sync({Job("a", 9)});
  probe_.Chunk(Line("MODIFIED", Job("a", 20, "Stopped")) + Line("ADDED", Job("b", 21)));
  probe_.Chunk(ErrorEvent(410, "Expired"));
  UntilNextRequest();
  changed_.clear();
  probe_.Answer(200, Page({Job("a", 9)}, 12));
  EXPECT_THAT(changed_, ::testing::UnorderedElementsAre("a", "b"));
  EXPECT_EQ(store_.Find({"shop", "a"})->spec.desired_state, DesiredState::kRunning);
  EXPECT_EQ(store_.Find({"shop", "b"}), nullptr);
  EXPECT_THAT(Target(), HasSubstr("resourceVersion=12"));
}

TEST_F(Watching, AServerThatGoesBackInTimeIsNotBelieved) {
  Sync({Job("a", 9)});
  probe_.Chunk(Line("MODIFIED", Job("a", 20)));
  probe_.Chunk(Line("MODIFIED", Job("a", 15, "Stopped")));
  EXPECT_EQ(store_.Find({"shop", "a"})->resource_version, "20");
  UntilNextRequest();
  EXPECT_TRUE(Lists());
}

TEST_F(Watching, NothingAfterTheEndOfAWatchIsBelievedEvenInTheSameChunk) {
  Sync();
  probe_.Chunk(ErrorEvent(410, "Expired") + Line("ADDED", Job("a", 11)));
  EXPECT_THAT(changed_, IsEmpty());
}

TEST_F(Watching, AnUnreadableEventLeadsToANewList) {
  for (const std::string& data : {std::string("garbage\n"), std::string("{\"type\":7}")}) {
    Sync();
    probe_.Chunk(data);
    UntilNextRequest();
    EXPECT_TRUE(Lists());
    probe_.Break(HttpError::kConnect);
    UntilNextRequest();
    probe_.Answer(200, Page({}, 10));
    probe_.Break(HttpError::kConnect);
    UntilNextRequest();
    probe_.Answer(410, R"({"kind":"Status","reason":"Gone","code":410})");
    UntilNextRequest();
  }
}

TEST_F(Watching, ADeadWatchIsResumedWhenTheTransportGivesItUp) {
  Sync();
  EXPECT_LE(probe_.Take().total_timeout, seconds(18));
  probe_.Advance(seconds(18));
  probe_.Break(HttpError::kTimeout);
  EXPECT_LT(UntilNextRequest(), seconds(1));
  EXPECT_THAT(Target(), HasSubstr("resourceVersion=10"));
}

TEST_F(Watching, AnItemOfAListThatCannotBeReadIsLeftOut) {
  Tick();
  probe_.Answer(200, Page({Job("a", 1), Job("b", 2, "Hovering"), Json(7)}, 10));
  EXPECT_TRUE(reflector_.synced());
  EXPECT_THAT(changed_, ElementsAre("a"));
}

TEST_F(Watching, TheLastSignOfLifeIsWhenTheServerHadNews) {
  EXPECT_EQ(reflector_.last_sign_of_life(), MonoTime::min());
  Tick();
  const MonoTime sent = probe_.now.mono;
  probe_.Advance(seconds(3));
  probe_.Answer(200, Page({}, 10));
  EXPECT_EQ(reflector_.last_sign_of_life(), sent);
  probe_.Advance(seconds(1));
  probe_.Head(200);
  probe_.Chunk(Bookmark(10));
  EXPECT_EQ(reflector_.last_sign_of_life(), sent)
      << "a cache that stands still opens watches and sends bookmarks, too";
  probe_.Advance(seconds(5));
  probe_.Chunk(Bookmark(11));
  EXPECT_EQ(reflector_.last_sign_of_life(), probe_.now.mono);
}

TEST_F(Watching, ANamespaceThatMayNotBeReadIsToldApartFromAnOutage) {
  Tick();
  for (const int status : {403, 500, 403, 200}) {
    probe_.Answer(status, status == 200 ? Page({}, 10) : "");
    EXPECT_EQ(reflector_.refused(), status == 403);
    UntilNextRequest();
  }
  EXPECT_TRUE(reflector_.synced());
}

TEST_F(Watching, AnObjectThatBecomesUnreadableIsNoLongerKnown) {
  // Acting on the older version would do what nobody asks for any more.
  Sync({Job("a", 9)});
  probe_.Chunk(Line("MODIFIED", Job("a", 11, "Hovering")));
  EXPECT_EQ(store_.Find({"shop", "a"}), nullptr);
  EXPECT_THAT(changed_, ElementsAre("a"));
  probe_.Chunk(Line("MODIFIED", Job("a", 12)));
  EXPECT_NE(store_.Find({"shop", "a"}), nullptr);
}

TEST_F(Watching, AnUnreadableObjectCanBeDeleted) {
  Sync({Job("a", 9)});
  probe_.Chunk(Line("DELETED", Job("a", 11, "Hovering")));
  EXPECT_EQ(store_.Find({"shop", "a"}), nullptr);
}

}  // namespace
}  // namespace dtsop
