// Asks the API server who a token belongs to, and what its owner may do. Pure: builders and
// readers.
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/secret.h"
#include "net/http.h"

namespace dtsop {

// Creates a TokenReview. Its answer repeats the token, so neither is fit for a log.
HttpRequest ReviewToken(const SecretString& token);
// Whose the token is: the `user` of the answer; nullopt: nobody's, or expired. Fails when the
// answer is none.
Result<std::optional<Json>> ReadTokenReview(const HttpResult& result);

// Creates a SubjectAccessReview: whether `user`, as ReadTokenReview gives it, may `verb` the path
// of a URL that is no resource.
HttpRequest ReviewAccess(const Json& user, std::string_view verb, std::string_view path);
// Whether it may. Fails when the answer is none.
Result<bool> ReadAccessReview(const HttpResult& result);

}  // namespace dtsop
