// What a decision says about the job, before it becomes conditions.
#pragma once

#include <optional>
#include <string>

namespace dtsop {

struct Verdict {
  enum class Kind {
    kReady,     // DTS does what the spec asks for
    kProgress,  // on the way; nothing for a person to do
    kStalled,   // a person must act
    kUnclear,   // DTS says something that this version does not understand
    kKeep,      // nothing new is known: leave the conditions as they are
  };
  Kind kind = Kind::kKeep;
  std::string reason;
  std::string message;
  // Whether DTS has accepted what the spec asks for; nothing: leave Synced as it is.
  std::optional<bool> synced;
};

}  // namespace dtsop
