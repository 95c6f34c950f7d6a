#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "credentials/answer.h"
#include "credentials/provider.h"
#include "net/origin.h"

namespace dtsop {
namespace {

constexpr char kVariable[] = "ALIBABA_CLOUD_CREDENTIALS_URI";

Step ReadUriReply(const std::string& server, const HttpResult& result, Now now) {
  if (auto failed = NoAnswer(server, result)) return *failed;
  const auto body = ParseJson(result.body);
  if (result.status != 200 || !body) {
    return Failed{
        fmt::format("{} answered HTTP {}{}", server, result.status, body ? "" : " and not JSON")};
  }
  const std::string code = StringOr(Member(*body, "Code"), "Success");
  if (code != "Success") {
    return Failed{fmt::format("{} says \"{}\" instead of Success", server, CleanText(code, 64))};
  }
  return TemporaryCredentials(server, *body, result, now);
}

}  // namespace

Step FromUri(const ProviderContext& context, Now) {
  const std::string uri(Trim(context.Env(kVariable)));
  if (uri.empty()) return Skipped{fmt::format("{} is not set", kVariable)};
  const size_t scheme = uri.find("://");
  const size_t path =
      std::min(uri.find_first_of("/?", scheme == std::string::npos ? 0 : scheme + 3), uri.size());
  const auto origin = ParseOrigin(uri.substr(0, path));
  // The rest may be secret, so nothing of it is quoted.
  if (!origin) return Failed{fmt::format("{} is not an http or https address", kVariable)};
  std::string target = uri.substr(path);
  if (!target.starts_with('/')) target.insert(0, "/");
  std::string server = origin->HostHeader();
  return Ask{CredentialsRequest("GET", uri.substr(0, path), std::move(target), kServerConnect,
                                kServerSilence),
             [server = std::move(server)](const HttpResult& result, Now now) {
               return ReadUriReply(server, result, now);
             }};
}

}  // namespace dtsop
