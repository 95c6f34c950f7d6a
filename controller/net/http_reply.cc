#include "net/http_reply.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>

namespace dtsop {

std::string SerializeReply(const ServerReply& reply, bool head_only, bool keep_alive) {
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(reply.status));
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                                 std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : reply.headers) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  const bool bodiless = reply.status == 204 || reply.status == 304 || reply.status < 200;
  if (!bodiless) text.append(fmt::format("Content-Length: {}\r\n", reply.body.size()));
  if (!keep_alive) text.append("Connection: close\r\n");
  text.append("\r\n");
  if (bodiless || head_only) return text;
  const bool truncate = reply.delivery == Delivery::kTruncate;
  return text.append(reply.body, 0, truncate ? reply.body.size() / 2 : std::string::npos);
}

}  // namespace dtsop
