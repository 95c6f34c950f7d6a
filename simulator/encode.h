// Answers on the wire: JSON or XML, success, error in three shapes, and garbage.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "simulator/api_error.h"
#include "simulator/reply.h"
#include "simulator/settings.h"

namespace dtsop::simulator {

// What every answer needs to know of its call.
struct AnswerContext {
  std::string action;
  std::string format;  // "JSON" or "XML"
  std::string host_id;
  std::string request_id;
  WallTime now;
};

// HTTP 200 with `fields` and RequestId, HttpStatusCode, Success.
SimulatedReply EncodeSuccess(const AnswerContext& context, Json fields);

// `error` in `shape`. `as_http_200` sends an error of DTS itself on HTTP 200; the gateway's shape
// ignores it.
SimulatedReply EncodeError(const AnswerContext& context, const ApiError& error, ErrorShape shape,
                           bool as_http_200);

// HTTP 200 with a body that no client should believe.
SimulatedReply EncodeGarbage(const AnswerContext& context, Garbage garbage);

// Compresses the body and says so in a header.
void Compress(SimulatedReply* reply);

// The XML document with root `root`; an array becomes one element per item, all of its name.
std::string ToXml(std::string_view root, const Json& fields);

}  // namespace dtsop::simulator
