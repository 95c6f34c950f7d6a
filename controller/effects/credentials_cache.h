// The credentials of each DtsJob: read from a Secret of its own namespace by GET, never listed or
// watched, kept for a minute; or the operator's own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/dtsjob.h"
#include "base/json.h"
#include "credentials/own_credentials.h"
#include "decide/decide.h"
#include "effects/account_book.h"
#include "io/outbox.h"

namespace dtsop {

// The credentials in a Secret as the API server sends it. Fails when it is of a type that can't be
// meant, or lacks a key, or a value can't be an AccessKey; the message names the Secret, never a
// value.
Result<Credentials> CredentialsFromSecret(const Json& secret);

class CredentialsCache {
 public:
  // Secrets that the DtsJobs of one namespace may name. Each may have an account of its own, which
  // takes 8 KB in each region: no namespace takes more than 2 MB there, however many Secrets it
  // writes, and people have rarely more than a few.
  static constexpr int kSecretsPerNamespace = 256;

  // `on_read` is called with the Secret's key when a read of it has ended.
  using OnRead = std::function<void(const ObjectKey& secret, Now)>;

  // The operator's own credentials serve the DtsJobs of `own_namespaces`; "*" stands for all.
  CredentialsCache(Outbox& outbox, OwnCredentials& own,
                   const std::vector<std::string>& own_namespaces, Random& random, OnRead on_read);

  struct Entry {
    std::optional<Credentials> credentials;
    AccountId account = 0;  // that they belong to; set when there are some
    std::string problem;    // set when there are none
    Snapshot::Keys lack = Snapshot::Keys::kUnusable;  // the kind of `problem`
    uint64_t version = 0;                             // changes whenever the credentials do
    bool expired = true;                              // to be read (again) before use
  };
  // What is known about the credentials of `job`.
  Entry For(const DtsJob& job, Now now);
  // Starts reading the Secret, unless it is being read or was read a moment ago.
  void Fetch(const DtsJob& job, Now now);
  // DTS says that the credentials have expired: read them again before the next use.
  void Invalidate(const DtsJob& job);

  // Forgets the credentials of Secrets that no DtsJob names, and after some minutes their accounts
  // as well, so that a DtsJob that is created again finds what was learned of its account.
  void Sweep(const std::function<bool(const ObjectKey& secret)>& is_named, Now now);
  const AccountBook& book() const { return accounts_; }
  // Of how many Secrets something is remembered, and of how many the credentials themselves are.
  size_t slots() const { return slots_.size(); }
  size_t secrets() const;

 private:
  bool OwnServe(const std::string& kube_namespace) const;
  struct Slot {
    std::optional<Credentials> credentials;
    AccountId account = 0;
    std::string problem;
    uint64_t version = 0;
    MonoTime read_at = MonoTime::min();
    bool reading = false;
    std::optional<MonoTime> unused_since;
  };
  // The slots of a namespace; of those that nobody names, the one that is so for longest.
  struct Places {
    bool all_taken = false;
    std::optional<ObjectKey> unused;
  };
  Places PlacesOf(const std::string& kube_namespace) const;
  void Drop(const ObjectKey& source);
  void OnSecret(const ObjectKey& key, const HttpResult& result, Now now);
  static Entry EntryOf(const Slot& slot, bool expired);
  void Store(const ObjectKey& source, Result<Credentials> credentials, Now now);

  Outbox& outbox_;
  OwnCredentials& own_;
  const std::set<std::string> own_namespaces_;
  const OnRead on_read_;
  AccountBook accounts_;
  std::map<ObjectKey, Slot> slots_;  // the operator's own credentials have the empty key
  uint64_t next_version_ = 1;
};

}  // namespace dtsop
