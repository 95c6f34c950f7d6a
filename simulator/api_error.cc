#include "simulator/api_error.h"

#include <fmt/format.h>

#include <array>

namespace dtsop::simulator {
namespace {

struct Known {
  std::string_view code;
  int http_status;
  std::string_view message;
};

constexpr std::array kKnown = {
    Known{"UnsupportedHTTPMethod", 400, "This http method is not supported."},
    Known{"InvalidApi.NotFound", 404,
          "Specified api is not found, please check your url and method."},
    Known{"InvalidAction.NotFound", 404,
          "Specified api is not found, please check your url and method."},
    Known{"InvalidVersion", 400, "Specified parameter Version is not valid."},
    Known{"InvalidSignatureMethod", 400, "Specified signature method is not valid."},
    Known{"IncompleteSignature", 400,
          "The request signature does not conform to Aliyun standards."},
    Known{"InvalidAccessKeyId.NotFound", 404, "Specified access key is not found."},
    Known{"InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled."},
    Known{"InvalidSecurityToken.Expired", 403, "Specified SecurityToken is expired."},
    Known{"InvalidSecurityToken.MismatchWithAccessKey", 400,
          "Specified SecurityToken mismatch with the AccessKey."},
    Known{"InvalidTimeStamp.Format", 400,
          "Specified time stamp or date value is not well formatted."},
    Known{"InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired."},
    Known{"SignatureNonceUsed", 400, "Specified signature nonce was used already."},
    Known{"SignatureDoesNotMatch", 400, "Specified signature is not matched with our calculation."},
    Known{"Forbidden.RAM", 403,
          "User not authorized to operate on the specified resource, or this API doesn't support "
          "RAM."},
    Known{"Throttling", 400, "Request was denied due to request throttling."},
    Known{"Throttling.User", 400, "Request was denied due to user flow control."},
    Known{"Throttling.Api", 400, "Request was denied due to api flow control."},
    Known{"InternalError", 500,
          "The request processing has failed due to some unknown error, exception or failure."},
    Known{"ServiceUnavailable", 500,
          "The request has failed due to a temporary failure of the server."},
    Known{"OperationDenied.NotPurchased", 403,
          "The instance has not been purchased and the task cannot be started."},
    Known{"OperationDenied.JobStatusModifying", 403,
          "The job is being modified, please try again later."},
    Known{"InvalidJobStatus", 403, "The status of the job does not support this operation: %s."},
    Known{"InvalidJobId", 404, "The specified job does not exist: %s."},
    Known{"Forbidden.InstanceNotFound", 403, "The specified instance is not found: %s."},
    Known{"InvalidParameter", 400, "The Value of Input Parameter %s is not valid"},
    Known{"AuthenticationFail.OIDCToken.Invalid", 400, "The OIDC token is invalid."},
    Known{"EntityNotExist.Role", 404, "The specified Role does not exist."},
    Known{"InvalidParameter.DurationSeconds", 400,
          "The parameter DurationSeconds is not in the range of 900 to the role's maximum."},
    Known{"InvalidRegionId", 400, "The specified RegionId is not valid: %s."},
};

}  // namespace

ApiError MakeApiError(std::string_view code) {
  for (const Known& known : kKnown) {
    if (known.code == code) {
      return {std::string(code), std::string(known.message), "", known.http_status, {}, ""};
    }
  }
  return {
      std::string(code), "The request was refused by a rule of the simulator.", "", 400, {}, ""};
}

ApiError MissingParameter(std::string_view parameter) {
  ApiError error = MakeApiError(fmt::format("Missing{}", parameter));
  error.message = fmt::format("{} is mandatory for this action.", parameter);
  return error;
}

}  // namespace dtsop::simulator
