#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace dtsop {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

DtsJob Job(const std::string& name, const std::string& version, const std::string& uid = "u1",
           const std::string& dts_job = "job1", const std::string& kube_namespace = "shop") {
  DtsJob job;
  job.key = {kube_namespace, name};
  job.uid = uid;
  job.resource_version = version;
  job.spec.dts_job_id = dts_job;
  return job;
}

const ObjectKey kA = {"shop", "a"};

TEST(Store, NeverGoesBackInTime) {
  Store store;
  EXPECT_TRUE(store.Upsert(Job("a", "10")));
  EXPECT_FALSE(store.Upsert(Job("a", "9")));
  EXPECT_FALSE(store.Upsert(Job("a", "10")));
  EXPECT_TRUE(store.Upsert(Job("a", "100"))) << "as numbers, not as text";
  EXPECT_FALSE(store.Refresh(Job("a", "99")));
  EXPECT_EQ(store.Find(kA)->resource_version, "100");
}

TEST(Store, ARecreatedObjectReplacesTheOldOne) {
  Store store;
  store.Upsert(Job("a", "10", "old", "job1"));
  EXPECT_TRUE(store.Upsert(Job("a", "20", "new", "job2")));
  EXPECT_FALSE(store.Delete(kA, "old")) << "a late event about the old one";
  EXPECT_NE(store.Find(kA), nullptr);
  EXPECT_THAT(store.ForDtsJob("job1"), IsEmpty());
  EXPECT_THAT(store.ForDtsJob("job2"), ElementsAre(AgedKey{"", "new", kA}));
}

TEST(Store, ALateAnswerDoesNotBringBackWhatWasDeleted) {
  Store store;
  EXPECT_FALSE(store.Refresh(Job("a", "10")));
  store.Upsert(Job("a", "10"));
  EXPECT_TRUE(store.Delete(kA, "u1"));
  EXPECT_FALSE(store.Refresh(Job("a", "11")));
  store.Upsert(Job("a", "20", "new"));
  EXPECT_FALSE(store.Refresh(Job("a", "21", "u1"))) << "another object of the same name";
  EXPECT_EQ(store.Find(kA)->uid, "new");
}

TEST(Store, AListReplacesItsNamespaceOnly) {
  Store store;
  store.Upsert(Job("a", "10"));
  store.Upsert(Job("b", "11"));
  store.Upsert(Job("a", "12", "u1", "job1", "other"));
  EXPECT_THAT(store.Replace("shop", {Job("b", "11"), Job("c", "13")}, 13),
              UnorderedElementsAre(kA, ObjectKey{"shop", "c"}));
  EXPECT_EQ(store.jobs().size(), 3U);
  EXPECT_THAT(store.Replace("", {}, 14), ::testing::SizeIs(3));
  EXPECT_TRUE(store.jobs().empty());
  EXPECT_THAT(store.ForDtsJob("job1"), IsEmpty());
}

TEST(Store, AListDoesNotUndoWhatIsNewer) {
  Store store;
  store.Upsert(Job("a", "20"));
  EXPECT_THAT(store.Replace("shop", {Job("a", "15")}, 19), IsEmpty());
  EXPECT_EQ(store.Find(kA)->resource_version, "20");
}

TEST(Store, AListIsTheTruthAboutWhatIsOlderThanItself) {
  // etcd was restored from a backup and has gone on since: version 20 of "a" is lost.
  Store store;
  store.Upsert(Job("a", "20", "u1", "job1"));
  EXPECT_THAT(store.Replace("shop", {Job("a", "15", "u1", "job2")}, 21), ElementsAre(kA));
  EXPECT_EQ(store.Find(kA)->resource_version, "15");
  EXPECT_THAT(store.ForDtsJob("job2"), ElementsAre(AgedKey{"", "u1", kA}));
  EXPECT_THAT(store.Replace("shop", {Job("a", "15")}, 22), IsEmpty()) << "the same again";
}

TEST(Store, AReadOfTheSameObjectThatCameLaterCanGoBack) {
  Store store;
  EXPECT_FALSE(store.Rewind(Job("a", "5"))) << "nothing is brought back that was deleted";
  store.Upsert(Job("a", "20"));
  EXPECT_FALSE(store.Rewind(Job("a", "5", "u2"))) << "another object of the same name";
  EXPECT_TRUE(store.Rewind(Job("a", "5")));
  EXPECT_EQ(store.Find(kA)->resource_version, "5");
}

TEST(Store, TheDtsJobsOfADtsJobAreInOrderOfAge) {
  Store store;
  for (const auto& [name, uid, created] : {std::tuple{"a", "u3", "2026-01-02"},
                                           {"b", "u2", "2026-01-01"},
                                           {"c", "u1", "2026-01-02"}}) {
    DtsJob job = Job(name, "10", uid);
    job.creation_time = created;
    store.Upsert(job);
  }
  std::string order;
  for (const AgedKey& aged : store.ForDtsJob("job1")) order += aged.key.name;
  EXPECT_EQ(order, "bca");
}

TEST(Store, KnowsWhoNamesASecretAndWhoNamesNone) {
  Store store;
  DtsJob job = Job("a", "10");
  job.spec.credentials_secret = "dts";
  store.Upsert(job);
  store.Upsert(Job("b", "11"));
  EXPECT_THAT(store.ForSecret({"shop", "dts"}), ElementsAre(kA));
  EXPECT_THAT(store.ForSecret({"bank", "dts"}), IsEmpty());
  EXPECT_THAT(store.ForSecret({}), ElementsAre(ObjectKey{"shop", "b"}));
  job.resource_version = "12";
  job.spec.credentials_secret = "other";
  store.Upsert(job);
  EXPECT_THAT(store.ForSecret({"shop", "dts"}), IsEmpty());
  store.Delete(kA, "u1");
  EXPECT_THAT(store.ForSecret({"shop", "other"}), IsEmpty());
}

TEST(Store, ResourceVersionsThatAreNoNumbersAreZero) {
  EXPECT_EQ(ResourceVersionNumber("18446744073709551615"), 18446744073709551615ULL);
  for (const char* text : {"", "x", "1x", "-1", " 1", "18446744073709551616"}) {
    EXPECT_EQ(ResourceVersionNumber(text), 0U) << text;
  }
}

}  // namespace
}  // namespace dtsop
