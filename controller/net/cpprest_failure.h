// What an exception of the HTTP library means. Only cpprest_*.cc include this.
#pragma once

#include <exception>
#include <string>

#include "net/http.h"

namespace dtsop {

struct CpprestFailure {
  HttpError error = HttpError::kOther;
  bool sent = true;  // as HttpResult::sent
  std::string detail;
  bool no_connection = false;  // another address of the server may answer
};

// What is known of the connection that failed.
struct CpprestConnection {
  std::string authority;        // "host:port" of the server
  std::string proxy_authority;  // of the proxy; empty: none
  std::string tls_error;        // why its certificate was refused; empty: it was not
  bool may_have_sent = true;
};

// What `exception`, thrown by the library for a request, means. The library tells by its texts.
CpprestFailure ExplainFailure(const std::exception_ptr& exception,
                              const CpprestConnection& connection);

}  // namespace dtsop
