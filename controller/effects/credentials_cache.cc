#include "effects/credentials_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/strings.h"
#include "effects/secret_access.h"
#include "kube/requests.h"
#include "kube/status_error.h"

namespace dtsop {
namespace {

constexpr Duration kKeepFor = seconds(60);
constexpr Duration kReadAgainAfter = seconds(5);
constexpr Duration kUnusedKeptFor = minutes(5);

Result<std::string> SecretValue(const Json& secret, std::string_view name, bool required) {
  const std::string encoded = StringOr(Member(secret, "data", name));
  std::string value;
  if (encoded.empty() && !required) return value;
  if (encoded.empty()) return Fail(fmt::format("has no key \"{}\"", name));
  if (!Base64Decode(encoded, &value)) return Fail(fmt::format("has broken base64 in \"{}\"", name));
  // A line break at the end is a common slip of `echo`.
  value = std::string(Trim(value));
  const std::string_view fault = AccessKeyFault(value);
  if (!fault.empty()) {
    return Fail(fmt::format("has a value in \"{}\" that can't be an AccessKey: {}", name, fault));
  }
  return value;
}

}  // namespace

Result<Credentials> CredentialsFromSecret(const Json& secret) {
  const std::string type = StringOr(Member(secret, "type"), "Opaque");
  if (type != "Opaque") {
    return Fail(fmt::format("is of type {}; only Opaque Secrets are used", CleanText(type, 64)));
  }
  auto id = SecretValue(secret, "accessKeyId", true);
  if (!id) return tl::unexpected(id.error());
  auto key = SecretValue(secret, "accessKeySecret", true);
  if (!key) return tl::unexpected(key.error());
  auto token = SecretValue(secret, "securityToken", false);
  if (!token) return tl::unexpected(token.error());
  return Credentials{std::move(*id), SecretString(std::move(*key)),
                     SecretString(std::move(*token))};
}

CredentialsCache::CredentialsCache(Outbox& outbox, OwnCredentials& own,
                                   const std::vector<std::string>& own_namespaces, Random& random,
                                   OnRead on_read)
    : outbox_(outbox),
      own_(own),
      own_namespaces_(own_namespaces.begin(), own_namespaces.end()),
      on_read_(std::move(on_read)),
      accounts_(random) {}

bool CredentialsCache::OwnServe(const std::string& kube_namespace) const {
  return own_namespaces_.contains("*") || own_namespaces_.contains(kube_namespace);
}

CredentialsCache::Entry CredentialsCache::For(const DtsJob& job, Now now) {
  if (job.spec.credentials_secret.empty()) {
    if (!OwnServe(job.key.namespace_name)) {
      Entry refused;
      refused.problem = fmt::format(
          "This DtsJob names no Secret, and the operator's own credentials do not serve the "
          "namespace {}. Name a Secret of this namespace in spec.credentialsSecretRef, or ask the "
          "operator's administrator to add the namespace to --own-credentials-namespaces (chart "
          "value credentials.namespaces).",
          job.key.namespace_name);
      refused.lack = Snapshot::Keys::kNotAllowed;
      return refused;
    }
    Slot& slot = slots_[ObjectKey{}];
    OwnCredentials::View own = own_.Get(now);
    if (own.credentials) {
      Store({}, std::move(*own.credentials), now);
    } else if (!own.problem.empty()) {
      Store({}, Fail(std::move(own.problem)), now);
    } else {
      Entry unknown;
      unknown.version = slot.version;
      return unknown;
    }
    return EntryOf(slot, false);
  }
  const auto at = slots_.find({job.key.namespace_name, job.spec.credentials_secret});
  if (at == slots_.end()) {
    Entry unknown;
    if (const Places places = PlacesOf(job.key.namespace_name);
        places.all_taken && !places.unused) {
      unknown.lack = Snapshot::Keys::kTooMany;
      unknown.problem = fmt::format(
          "Secret {}/{} is not read: the DtsJobs of this namespace name {} others already, and "
          "more "
          "are not allowed. Let DtsJobs of one account name the same Secret, delete DtsJobs that "
          "are not needed, or move some to another namespace; it is tried again by itself.",
          job.key.namespace_name, job.spec.credentials_secret, kSecretsPerNamespace);
    }
    return unknown;
  }
  const Slot& slot = at->second;
  const bool expired = slot.read_at == MonoTime::min() || now.mono - slot.read_at > kKeepFor;
  return EntryOf(slot, expired);
}

void CredentialsCache::Fetch(const DtsJob& job, Now now) {
  if (job.spec.credentials_secret.empty()) return;
  const ObjectKey key{job.key.namespace_name, job.spec.credentials_secret};
  if (!slots_.contains(key)) {
    const Places places = PlacesOf(key.namespace_name);
    if (places.all_taken && !places.unused) return;
    if (places.all_taken) Drop(*places.unused);
  }
  Slot& slot = slots_[key];
  slot.unused_since.reset();
  const bool recent = slot.read_at != MonoTime::min() && now.mono - slot.read_at < kReadAgainAfter;
  if (slot.reading || recent) return;
  slot.reading = true;
  outbox_.Send(Remote::kKubernetes, GetSecret(key.namespace_name, key.name),
               [this, key](const HttpResult& result, Now then) { OnSecret(key, result, then); });
}

void CredentialsCache::Invalidate(const DtsJob& job) {
  if (job.spec.credentials_secret.empty()) return own_.Invalidate();
  const auto at = slots_.find({job.key.namespace_name, job.spec.credentials_secret});
  if (at != slots_.end()) at->second.read_at = MonoTime::min();
}

CredentialsCache::Places CredentialsCache::PlacesOf(const std::string& kube_namespace) const {
  int taken = 0;
  Places places;
  MonoTime longest = kNever;
  for (auto at = slots_.lower_bound({kube_namespace, ""});
       at != slots_.end() && at->first.namespace_name == kube_namespace; ++at) {
    ++taken;
    if (at->second.unused_since.value_or(kNever) >= longest) continue;
    longest = *at->second.unused_since;
    places.unused = at->first;
  }
  places.all_taken = taken >= kSecretsPerNamespace;
  return places;
}

void CredentialsCache::Drop(const ObjectKey& source) {
  accounts_.Drop(source);
  slots_.erase(source);
}

void CredentialsCache::Sweep(const std::function<bool(const ObjectKey& secret)>& is_named,
                             Now now) {
  for (auto at = slots_.begin(); at != slots_.end();) {
    const auto here = at++;
    auto& [source, slot] = *here;
    if (source == ObjectKey{}) continue;
    if (is_named(source)) {
      slot.unused_since.reset();
      continue;
    }
    slot.credentials.reset();
    slot.read_at = MonoTime::min();
    if (!slot.unused_since) slot.unused_since = now.mono;
    if (now.mono - *slot.unused_since >= kUnusedKeptFor) Drop(ObjectKey(source));
  }
}

size_t CredentialsCache::secrets() const {
  return static_cast<size_t>(std::count_if(slots_.begin(), slots_.end(), [](const auto& item) {
    return item.second.credentials.has_value();
  }));
}

void CredentialsCache::OnSecret(const ObjectKey& key, const HttpResult& result, Now now) {
  const auto at = slots_.find(key);
  if (at == slots_.end()) return;  // nobody names it any more
  Slot& slot = at->second;
  slot.reading = false;
  if (slot.unused_since) return;
  const std::string name = "Secret " + key.ToString();
  const auto error = KubeErrorOf(result, now.wall);
  const auto secret = ParseJson(result.body);
  if (!error && secret) {
    auto credentials = CredentialsFromSecret(*secret);
    if (!credentials) {
      credentials = Fail(fmt::format("{} {}. It must hold accessKeyId and accessKeySecret.", name,
                                     credentials.error().message));
    }
    Store(key, std::move(credentials), now);
  } else if (error && IsNotFound(*error)) {
    Store(key,
          Fail(fmt::format("{} does not exist. Create it with the keys accessKeyId and "
                           "accessKeySecret; it is read again by itself.",
                           name)),
          now);
  } else if (error && IsForbidden(*error)) {
    Store(key, Fail(DescribeMissingAccess(key, *error)), now);
  } else if (slot.credentials) {
    slot.read_at = now.mono;  // the API server is failing: keep the last credentials
  } else {
    Store(key, Fail(fmt::format("{} can't be read: {}", name, DescribeFailure(result))), now);
  }
  on_read_(key, now);
}

CredentialsCache::Entry CredentialsCache::EntryOf(const Slot& slot, bool expired) {
  return {slot.credentials,          slot.account, slot.problem,
          Snapshot::Keys::kUnusable, slot.version, expired};
}

void CredentialsCache::Store(const ObjectKey& source, Result<Credentials> credentials, Now now) {
  Slot* const slot = &slots_[source];
  slot->read_at = now.mono;
  const bool same = credentials
                        ? slot->credentials == *credentials
                        : !slot->credentials && slot->problem == credentials.error().message;
  if (same) return;
  if (credentials) slot->account = accounts_.Bind(source, *credentials);
  slot->version = next_version_++;
  slot->credentials = credentials ? std::optional(std::move(*credentials)) : std::nullopt;
  slot->problem = slot->credentials ? "" : credentials.error().message;
}

}  // namespace dtsop
