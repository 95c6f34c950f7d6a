#include "net/http.h"

#include <algorithm>

#include "base/strings.h"
#include "net/origin.h"

namespace dtsop {

std::string_view FindHeader(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

std::string EncodeQuery(const QueryParameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out.push_back('&');
    out.append(PercentEncode(name)).append("=").append(PercentEncode(value));
  }
  return out;
}

QueryParameters DecodeQuery(std::string_view query) {
  QueryParameters parameters;
  if (query.empty()) return parameters;
  for (const std::string& part : Split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    const std::string_view name = std::string_view(part).substr(0, equals);
    const std::string_view value =
        equals == std::string::npos ? "" : std::string_view(part).substr(equals + 1);
    parameters.emplace_back(PercentDecode(name, true), PercentDecode(value, true));
  }
  return parameters;
}

void ToOriginForm(std::string* target, HttpHeaders* headers) {
  const size_t scheme = target->find("://");
  if (scheme == std::string::npos || target->starts_with('/')) return;
  const size_t end = std::min(target->find_first_of("/?", scheme + 3), target->size());
  const auto origin = ParseOrigin(target->substr(0, end));
  if (!origin) return;
  target->erase(0, end);
  if (!target->starts_with('/')) target->insert(0, "/");
  std::erase_if(*headers, [](const auto& h) { return EqualsIgnoreCase(h.first, "Host"); });
  headers->emplace_back("Host", origin->HostHeader());
}

std::string_view HttpErrorName(HttpError error) {
  switch (error) {
    case HttpError::kNone:
      return "none";
    case HttpError::kCanceled:
      return "canceled";
    case HttpError::kTimeout:
      return "timeout";
    case HttpError::kConnect:
      return "connect";
    case HttpError::kTls:
      return "tls";
    case HttpError::kExpired:
      return "expired";
    case HttpError::kTruncated:
      return "truncated";
    case HttpError::kTooLarge:
      return "too large";
    case HttpError::kOther:
      return "other";
  }
  return "unknown";
}

}  // namespace dtsop
