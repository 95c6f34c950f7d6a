#include "effects/secret_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dtsop {
namespace {

constexpr size_t kNameBytesMax = 253;

// The account in `... is forbidden: User "system:serviceaccount:NAMESPACE:NAME" cannot get ...`, as
// an argument of kubectl create rolebinding. Nothing of the answer but a plain name gets into a
// command.
std::string SubjectOf(const KubeError& refusal) {
  constexpr std::string_view kBefore = "User \"";
  constexpr std::string_view kServiceAccount = "system:serviceaccount:";
  const std::string& text = refusal.message;
  const size_t before = text.find(kBefore);
  if (before == std::string::npos) return "";
  const size_t begin = before + kBefore.size();
  const std::string user = text.substr(begin, text.find('"', begin) - begin);
  const bool plain = !user.empty() && std::all_of(user.begin(), user.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '-' || c == '.' || c == '_' || c == '@';
  });
  if (!plain) return "";
  return user.starts_with(kServiceAccount)
             ? "--serviceaccount=" + user.substr(kServiceAccount.size())
             : "--user=" + user;
}

}  // namespace

std::string DescribeMissingAccess(const ObjectKey& secret, const KubeError& refusal) {
  const std::string role = ("dts-operator-reads-" + secret.name).substr(0, kNameBytesMax);
  const std::string subject = SubjectOf(refusal);
  return fmt::format(
      "The operator may not read Secret {0}. It is read again by itself once you have let it{5}: "
      "kubectl create role {1} -n {2} --verb=get --resource=secrets --resource-name={3} && "
      "kubectl create rolebinding {1} -n {2} --role={1} {4}",
      secret.ToString(), role, secret.namespace_name, secret.name,
      subject.empty() ? "--serviceaccount=dts-system:dts-operator" : subject,
      subject.empty() ? ", with the operator's own namespace and ServiceAccount" : "");
}

}  // namespace dtsop
