// Just enough of an HTTP client to speak to a simulator on the network.
#pragma once

#include <fmt/format.h>

#include <string>

#include "base/json.h"
#include "net/http.h"
#include "tests/support/sockets.h"

namespace dtsop::simulator {

// Sends `request` and returns everything that comes until the connection ends.
inline std::string Exchange(int port, const HttpRequest& request) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  for (const auto& [name, value] : request.headers) text += fmt::format("{}: {}\r\n", name, value);
  text += fmt::format("content-length: {}\r\nconnection: close\r\n\r\n{}", request.body.size(),
                      request.body);
  const RawClient client(port);
  client.Write(text);
  return client.ReadUntil("");
}

inline std::string Exchange(int port, const std::string& method, const std::string& target,
                            const std::string& body = "") {
  HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers = {{"host", "127.0.0.1"}};
  request.body = body;
  return Exchange(port, request);
}

// The JSON body of an answer that Exchange returned.
inline Json JsonOf(const std::string& answer) {
  const size_t body = answer.find("\r\n\r\n");
  return body == std::string::npos ? Json() : ParseJson(answer.substr(body + 4)).value_or(Json());
}

}  // namespace dtsop::simulator
