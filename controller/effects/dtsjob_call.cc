#include "effects/dtsjob_call.h"

#include <memory>
#include <utility>

namespace dtsop {
namespace {

struct Answer {
  JsonSieve sieve{DtsJobShape(), kDtsJobBytesKeptMax};
  Result<DtsJob> job = Fail("the answer holds no DtsJob");

  void Take(std::string_view data) {
    const auto fed = sieve.Feed(data, [this](const JsonSieve::Record& record) {
      const auto json = ParseJson(record.text);
      if (json) job = DtsJobFromRecord(*json, record);
    });
    if (!fed) job = tl::unexpected(fed.error());
  }
};

}  // namespace

void CallForDtsJob(Outbox& outbox, HttpRequest request, OnDtsJob on_done) {
  const auto answer = std::make_shared<Answer>();
  outbox.Stream(Remote::kKubernetes, std::move(request),
                {nullptr, [answer](std::string_view data, Now) { answer->Take(data); },
                 [answer, on_done = std::move(on_done)](const HttpResult& result, Now now) {
                   on_done(result, std::move(answer->job), now);
                 }});
}

}  // namespace dtsop
