// A reflector with all that surrounds it, for the tests of what it does with a server's answers.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/last_metrics.h"
#include "tests/support/outbox_probe.h"
#include "watch/reflector.h"

namespace dtsop {

inline Json Job(const std::string& name, int version, const std::string& desired = "Running") {
  return {{"metadata",
           {{"namespace", "shop"},
            {"name", name},
            {"uid", "uid-" + name},
            {"resourceVersion", std::to_string(version)}}},
          {"spec", {{"dtsJobId", "job-" + name}, {"desiredState", desired}}}};
}

inline std::string Page(const std::vector<Json>& items, int version, const std::string& next = "") {
  return DumpJson({{"kind", "DtsJobList"},
                   {"metadata", {{"resourceVersion", std::to_string(version)}, {"continue", next}}},
                   {"items", items}});
}

inline std::string Line(const char* type, const Json& object) {
  return DumpJson({{"type", type}, {"object", object}}) + "\n";
}

inline std::string Bookmark(int version) {
  return Line("BOOKMARK", {{"metadata", {{"resourceVersion", std::to_string(version)}}}});
}

inline std::string ErrorEvent(int code, const char* reason, int retry_after = 0) {
  return Line("ERROR", {{"kind", "Status"},
                        {"code", code},
                        {"reason", reason},
                        {"message", "m"},
                        {"details", {{"retryAfterSeconds", retry_after}}}});
}

class Watching : public ::testing::Test {
 protected:
  void Tick() { reflector_.Tick(probe_.now); }
  // Lets time pass until the next request is sent; how long that took.
  Duration UntilNextRequest() {
    const MonoTime begin = probe_.now.mono;
    for (int i = 0; i < 100 && probe_.sent().empty(); ++i) {
      const MonoTime next = reflector_.NextWakeup();
      if (next == kNever) break;
      if (next > probe_.now.mono) probe_.Advance(next - probe_.now.mono);
      Tick();
    }
    return probe_.now.mono - begin;
  }
  bool Lists() { return Target().find("limit=") != std::string::npos; }
  std::string Target() { return probe_.Take().target; }
  // A synced reflector with one open watch from version 10.
  void Sync(const std::vector<Json>& items = {}) {
    Tick();
    probe_.Answer(200, Page(items, 10));
    changed_.clear();
    ASSERT_THAT(Target(), ::testing::AllOf(::testing::HasSubstr("watch=true"),
                                           ::testing::HasSubstr("resourceVersion=10")));
    probe_.Head(200);
  }

  OutboxProbe probe_;
  Store store_;
  Random random_{1};
  LastMetrics metrics_;
  std::vector<std::string> changed_;
  Reflector reflector_{
      "shop",  store_,   probe_.outbox,
      random_, metrics_, [this](const ObjectKey& key, Now) { changed_.push_back(key.name); }};
};

}  // namespace dtsop
