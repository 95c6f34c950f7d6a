// The operator's own credentials, for DtsJobs that name no Secret: asks the providers in their
// order, and again in good time before what they gave expires.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/watched_files.h"
#include "credentials/metadata.h"
#include "credentials/provider.h"
#include "io/outbox.h"

namespace dtsop {

struct OwnCredentialsOptions {
  std::string file;                               // --credentials-file; "": the SDKs' chain
  std::string metadata_origin = kMetadataOrigin;  // other than ECS's own for rehearsals
};

// The surroundings of the process, as far as credentials come from there.
struct Surroundings {
  EnvLookup env;
  FileReader read_file;
};

class OwnCredentials {
 public:
  using OnChange = std::function<void(Now)>;

  // `on_change` is called, never from within Get, when waiting for credentials has an end: there
  // are others, there are none, or what is missing has changed. `outbox` and `random` must outlive
  // this.
  OwnCredentials(const OwnCredentialsOptions& options, Surroundings surroundings, Outbox& outbox,
                 Random& random, OnChange on_change);
  OwnCredentials(const OwnCredentials&) = delete;
  OwnCredentials& operator=(const OwnCredentials&) = delete;

  struct View {
    std::optional<Credentials> credentials;  // usable now
    std::string problem;                     // why there are none; empty while that is found out
  };
  // Nobody is asked before the first Get. Any number of callers wait for one and the same inquiry.
  View Get(Now now);
  // DTS says that they have expired, whatever was promised: ask anew before the next use.
  void Invalidate() { invalidated_ = true; }

  // Does what is due by the clock.
  void Tick(Now now);
  MonoTime NextWakeup() const;

 private:
  bool Usable(Now now) const;
  void DoWhatIsDue(Now now);
  // One inquiry: the providers from the first on, until one grants.
  void Inquire(Now now);
  void Proceed(Step step, Now now);
  void TellOfTheClock();
  void TakeOver(Grant grant, Now now);
  void GiveUp(Now now);
  ProviderContext Context();

  const std::vector<Provider> providers_;
  const std::string metadata_origin_;
  const EnvLookup env_;
  WatchedFiles files_;
  ServerClock sts_clock_;
  Outbox& outbox_;
  Random& random_;
  const OnChange on_change_;

  std::optional<Credentials> credentials_;  // the last ones that were granted
  size_t granted_by_ = 0;                   // of providers_
  MonoTime expires_at_ = MonoTime::min();
  bool invalidated_ = false;  // since the last Get
  bool refused_ = false;      // by DTS, so that they are not used any more
  std::string problem_;       // of the last inquiry; empty: it succeeded

  bool wanted_ = false;
  bool asking_ = false;
  size_t at_ = 0;                     // while asking: the provider whose turn it is
  std::string said_;                  // while asking: what those before it have said, a line each
  bool troubled_ = false;             // while asking: one of those has failed
  int64_t failures_ = 0;              // inquiries in a row
  bool changed_ = false;              // on_change_ is to be called
  std::optional<MonoTime> asked_at_;  // when the last inquiry ended
  MonoTime next_inquiry_ = MonoTime::min();
  MonoTime next_look_ = kNever;  // at the files
};

}  // namespace dtsop
