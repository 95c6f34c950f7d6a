// Delay, whose unit the papers contradict each other about.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dts/job_list.h"

namespace dtsop {
namespace {

// The delay of a job whose checkpoint is so many seconds old.
std::optional<Duration> DelayOf(const std::string& delay, int64_t age, const char* type = "SYNC",
                                HttpHeaders headers = {{"Date", "Sun, 28 Mar 2021 02:36:59 GMT"}}) {
  HttpResult result;
  result.status = 200;
  result.body =
      fmt::format(R"({{"Success":true,"Status":"S","JobType":"{}","Delay":{},"Checkpoint":{}}})",
                  type, delay, 1616899019 - age);
  result.headers = std::move(headers);
  const auto job = DecodeReply(result).and_then(DecodeJobDetail);
  EXPECT_TRUE(job) << delay;
  return job ? job->delay : std::nullopt;
}

// Whatever unit the papers promise for the type.
TEST(Delay, IsInTheUnitThatTheCheckpointAgreesWith) {
  for (const char* type : {"SYNC", "MIGRATION", "online", "subSync", "SUBSCRIBE", "ETL"}) {
    EXPECT_EQ(DelayOf("1500", 1505, type), seconds(1500)) << type;
    EXPECT_EQ(DelayOf("\"1500\"", 3, type), milliseconds(1500)) << type;
    EXPECT_EQ(DelayOf("90000", 95, type), seconds(90)) << type;
    EXPECT_EQ(DelayOf("0", 1, type), seconds(0)) << type;
  }
}

TEST(Delay, IsNoneWhenNothingConfirmsIt) {
  EXPECT_FALSE(DelayOf("1500", 300)) << "neither 1500 s nor 1.5 s";
  EXPECT_FALSE(DelayOf("1500", 1500, "SYNC", {})) << "no time of the answer";
  for (const char* odd :
       {"-1", "\"soon\"", "1.5", "null", "9223372036854775807", "18446744073709551615", "{}"}) {
    EXPECT_FALSE(DelayOf(odd, 1)) << odd;
  }
  EXPECT_FALSE(DelayOf("1500", 1616899019)) << "no checkpoint";
}

}  // namespace
}  // namespace dtsop
