#include "net/cpprest_failure.h"

#include <cpprest/http_msg.h>
#include <fmt/format.h>
#include <openssl/err.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace dtsop {
namespace {

bool IsTlsError(int code) { return ERR_GET_LIB(static_cast<unsigned long>(code)) == ERR_LIB_SSL; }

// The library keeps the number of an error but not its category.
std::string Cause(int code) {
  if (IsTlsError(code)) {
    const char* reason = ERR_reason_error_string(static_cast<unsigned long>(code));
    return reason == nullptr ? "a TLS protocol error" : reason;
  }
  if (code == boost::asio::error::eof || code == ECONNABORTED || code == 1) {
    return "the peer closed the connection";
  }
  return std::system_category().message(code);
}

CpprestFailure ExplainHttp(std::string_view what, int code, const CpprestConnection& connection) {
  const std::string& authority = connection.authority;
  const std::string& proxy = connection.proxy_authority;
  if (!proxy.empty() && what.find("proxy") != std::string_view::npos &&
      what.find("connect to any") == std::string_view::npos) {
    return {HttpError::kConnect, false,
            fmt::format("no way to {} through the proxy {}: {}", authority, proxy, what)};
  }
  if (what.find("connect to any") != std::string_view::npos) {
    // The library reports "refused" as EHOSTUNREACH.
    const std::string cause =
        code == EHOSTUNREACH ? "connection refused or host unreachable" : Cause(code);
    return {HttpError::kConnect, false,
            proxy.empty()
                ? fmt::format("cannot connect to {}: {}", authority, cause)
                : fmt::format("cannot connect to the proxy {} of {}: {}", proxy, authority, cause),
            true};
  }
  if (what.find("SSL handshake") != std::string_view::npos) {
    return {HttpError::kTls, false,
            connection.tls_error.empty()
                ? fmt::format("TLS: the handshake with {} failed: {}", authority, Cause(code))
                : connection.tls_error};
  }
  // A server that wants another client certificate says so after the handshake.
  if (IsTlsError(code)) {
    return {HttpError::kTls, true,
            fmt::format("TLS: {} ended the connection: {}", authority, Cause(code))};
  }
  return {HttpError::kTruncated, true,
          fmt::format("incomplete answer from {}: {}: {}", authority, what, Cause(code))};
}

}  // namespace

CpprestFailure ExplainFailure(const std::exception_ptr& exception,
                              const CpprestConnection& connection) {
  try {
    std::rethrow_exception(exception);
  } catch (const web::http::http_exception& e) {
    return ExplainHttp(e.what(), e.error_code().value(), connection);
  } catch (const std::exception& e) {
    return {HttpError::kOther, connection.may_have_sent,
            fmt::format("request to {} failed: {}", connection.authority, e.what())};
  } catch (...) {
    return {HttpError::kOther, connection.may_have_sent,
            fmt::format("request to {} failed", connection.authority)};
  }
}

}  // namespace dtsop
