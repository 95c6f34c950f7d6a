#include "kube/kubeconfig.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/strings.h"
#include "base/yaml.h"
#include "kube/exec_credential.h"
#include "kube/kubeconfig_entry.h"
#include "kube/server_url.h"

namespace dtsop {
namespace {

constexpr size_t kContextsShownMax = 10;

using Entries = std::map<std::string, KubeConfigEntry, std::less<>>;

struct Merged {
  Entries clusters;
  Entries users;
  Entries contexts;
  std::string current_context;
  std::string files;  // for messages

  bool empty() const {
    return clusters.empty() && users.empty() && contexts.empty() && current_context.empty();
  }
};

// Adds the entries of the list `key` ("clusters") of one file whose names are not taken yet.
Result<void> MergeEntries(const Json& root, const std::string& file, const std::string& kind,
                          Entries* entries) {
  const std::string key = kind + "s";
  const Json& list = Member(root, key);
  if (list.is_null()) return {};
  if (!list.is_array()) return Fail(fmt::format("kubeconfig {}: {} must be a list", file, key));
  for (const Json& item : list) {
    if (!item.is_object())
      return Fail(fmt::format("kubeconfig {}: each of the {} must be a mapping", file, key));
    KubeConfigEntry entry{kind, LenientString(Member(item, "name")), file, Member(item, kind)};
    if (entry.value.is_null()) entry.value = Json::object();
    if (!entry.value.is_object()) return FailEntry(entry, kind + " must be a mapping");
    const auto [known, added] = entries->try_emplace(entry.name, entry);
    if (!added && known->second.file == file)
      return FailEntry(entry, "the name is given twice; remove one");
  }
  return {};
}

Result<void> MergeFile(const std::string& text, const std::string& file, Merged* merged) {
  const auto root = ParseYaml(text);
  if (!root) return Fail(fmt::format("kubeconfig {}: {}", file, root.error().message));
  if (!root->is_null() && !root->is_object())
    return Fail(
        fmt::format("kubeconfig {} is not a mapping of clusters, users and contexts", file));
  const Json& current = Member(*root, "current-context");
  if (current.is_structured())
    return Fail(fmt::format("kubeconfig {}: current-context must be a text", file));
  if (merged->current_context.empty()) merged->current_context = LenientString(current);
  if (auto ok = MergeEntries(*root, file, "cluster", &merged->clusters); !ok) return ok;
  if (auto ok = MergeEntries(*root, file, "user", &merged->users); !ok) return ok;
  return MergeEntries(*root, file, "context", &merged->contexts);
}

Result<Merged> ReadAndMerge(const std::vector<std::string>& paths, const FileReader& read_file) {
  Merged merged;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    if (path.empty() || !seen.insert(path).second) continue;
    const auto text = read_file(path);
    if (!text) return Fail("kubeconfig " + text.error().message);
    if (!*text) continue;
    merged.files.append(merged.files.empty() ? "" : ", ").append(path);
    if (auto ok = MergeFile(**text, path, &merged); !ok) return tl::unexpected(ok.error());
  }
  return merged;
}

std::string KnownNames(const Entries& entries) {
  std::string names;
  size_t shown = 0;
  for (const auto& [name, entry] : entries) {
    if (++shown > kContextsShownMax) return names + ", ...";
    names.append(names.empty() ? "" : ", ").append(CleanText(name, kNameShownMax));
  }
  return names.empty() ? "none" : names;
}

Result<const KubeConfigEntry*> SelectContext(const Merged& merged, std::string_view wanted) {
  const std::string name(wanted.empty() ? merged.current_context : wanted);
  if (name.empty())
    return Fail(fmt::format("kubeconfig {} has no current-context; give --context, one of: {}",
                            merged.files, KnownNames(merged.contexts)));
  const auto found = merged.contexts.find(name);
  if (found == merged.contexts.end())
    return Fail(fmt::format("kubeconfig {} has no context \"{}\"; give --context, one of: {}",
                            merged.files, CleanText(name, kNameShownMax),
                            KnownNames(merged.contexts)));
  return &found->second;
}

// The entry of `entries` that member `kind` of the context names. To name no user means to have
// none.
Result<KubeConfigEntry> Referenced(const KubeConfigEntry& context, const std::string& kind,
                                   const Entries& entries) {
  const auto name = TextMember(context, context.value, kind);
  if (!name) return tl::unexpected(name.error());
  const auto found = entries.find(*name);
  if (found == entries.end() && name->empty() && kind == "user")
    return KubeConfigEntry{kind, "", context.file, Json::object()};
  if (found == entries.end() && name->empty())
    return FailEntry(context, fmt::format("names no {}; add it", kind));
  if (found == entries.end())
    return FailEntry(context, fmt::format("its {} \"{}\" is not defined; known are: {}", kind,
                                          CleanText(*name, kNameShownMax), KnownNames(entries)));
  return found->second;
}

Result<void> ReadCluster(const KubeConfigEntry& cluster, const FileReader& read_file,
                         ClientConfig* config) {
  const auto server = TextMember(cluster, cluster.value, "server");
  if (!server) return tl::unexpected(server.error());
  if (server->empty()) return FailEntry(cluster, "has no server; add https://host:port");
  const auto url = ParseServerUrl(*server);
  if (!url) return FailEntry(cluster, url.error().message);
  config->server = url->origin;
  config->path_prefix = url->path_prefix;

  const auto insecure = FlagMember(cluster, "insecure-skip-tls-verify");
  if (!insecure) return tl::unexpected(insecure.error());
  if (*insecure)
    return FailEntry(cluster,
                     "insecure-skip-tls-verify is not supported, since it would hand the token to "
                     "anyone; put the cluster's CA into certificate-authority-data instead");
  if (!IsBlank(Member(cluster.value, "proxy-url")))
    return FailEntry(cluster,
                     "proxy-url is not supported; give the operator a direct route to the server");

  if (!url->tls) return {};
  auto ca = PemMember(cluster, "certificate-authority", read_file);
  if (!ca) return tl::unexpected(ca.error());
  config->ca_pem = std::move(*ca);
  auto name = TextMember(cluster, cluster.value, "tls-server-name");
  if (!name) return tl::unexpected(name.error());
  config->tls_server_name = std::move(*name);
  return {};
}

Result<TokenSpec> ReadToken(const KubeConfigEntry& user, const KubeConfigEntry& cluster,
                            const std::string& ca_pem, bool has_certificate) {
  const auto file = TextMember(user, user.value, "tokenFile");
  if (!file) return tl::unexpected(file.error());
  auto token = TextMember(user, user.value, "token");
  if (!token) return tl::unexpected(token.error());
  if (!token->empty() && !IsBearerToken(*token))
    return FailEntry(user, "token holds a space or a character that no token may have");
  if (!file->empty()) return TokenFile{ResolvePath(user.file, *file), SecretString(*token)};
  if (!token->empty()) return SecretString(std::move(*token));
  if (has_certificate || IsBlank(Member(user.value, "exec"))) return std::monostate();
  auto exec = ParseExecSpec(user, cluster, ca_pem);
  if (!exec) return tl::unexpected(exec.error());
  return std::move(*exec);
}

Result<void> ReadUser(const KubeConfigEntry& user, const KubeConfigEntry& cluster,
                      const FileReader& read_file, ClientConfig* config) {
  for (const char* key :
       {"username", "password", "auth-provider", "as", "as-uid", "as-groups", "as-user-extra"}) {
    if (!IsBlank(Member(user.value, key)))
      return FailEntry(user,
                       fmt::format("{} is not supported; use a token, a client certificate or "
                                   "an exec plugin",
                                   key));
  }
  auto certificate = PemMember(user, "client-certificate", read_file);
  if (!certificate) return tl::unexpected(certificate.error());
  auto key = PemMember(user, "client-key", read_file);
  if (!key) return tl::unexpected(key.error());
  if (certificate->empty() != key->empty())
    return FailEntry(user,
                     "client-certificate(-data) and client-key(-data) belong together, but only "
                     "one is given; add the other");
  config->client_cert_pem = std::move(*certificate);
  config->client_key_pem = SecretString(std::move(*key));
  auto token = ReadToken(user, cluster, config->ca_pem, !config->client_cert_pem.empty());
  if (!token) return tl::unexpected(token.error());
  config->token = std::move(*token);
  return {};
}

}  // namespace

Result<std::optional<ClientConfig>> LoadKubeConfig(const std::vector<std::string>& paths,
                                                   std::string_view context,
                                                   const FileReader& read_file) {
  const auto merged = ReadAndMerge(paths, read_file);
  if (!merged) return tl::unexpected(merged.error());
  if (merged->empty()) return std::nullopt;
  const auto chosen = SelectContext(*merged, context);
  if (!chosen) return tl::unexpected(chosen.error());
  const auto cluster = Referenced(**chosen, "cluster", merged->clusters);
  if (!cluster) return tl::unexpected(cluster.error());
  const auto user = Referenced(**chosen, "user", merged->users);
  if (!user) return tl::unexpected(user.error());

  ClientConfig config;
  config.context = (*chosen)->name;
  config.origin = fmt::format("kubeconfig {}, context \"{}\"", (*chosen)->file,
                              CleanText((*chosen)->name, kNameShownMax));
  auto kube_namespace = TextMember(**chosen, (*chosen)->value, "namespace");
  if (!kube_namespace) return tl::unexpected(kube_namespace.error());
  config.kube_namespace = std::move(*kube_namespace);
  if (auto ok = ReadCluster(*cluster, read_file, &config); !ok) return tl::unexpected(ok.error());
  if (config.server.starts_with("http://")) {
    // As kubectl: what is shown to a plain connection is no secret any more.
    if (!IsBlank(user->value)) config.origin += ", without its user's credentials, as it is http";
  } else if (auto ok = ReadUser(*user, *cluster, read_file, &config); !ok) {
    return tl::unexpected(ok.error());
  }
  return config;
}

}  // namespace dtsop
