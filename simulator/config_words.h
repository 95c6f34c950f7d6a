// The words of the configuration for the enumerations of settings.h.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "simulator/settings.h"

namespace dtsop::simulator {

// A real hour in 3.6 ms; far beyond it job time would leave its range within a rehearsal.
inline constexpr double kSpeedMax = 1e6;

template <class E, size_t N>
using Words = std::array<std::pair<std::string_view, E>, N>;

inline constexpr Words<JobType, 3> kJobTypes = {{{"MIGRATION", JobType::kMigration},
                                                 {"SYNC", JobType::kSync},
                                                 {"SUBSCRIBE", JobType::kSubscribe}}};
inline constexpr Words<bool, 2> kPrecheckResults = {{{"pass", true}, {"fail", false}}};
inline constexpr Words<RepeatedStart, 3> kRepeatedStarts = {
    {{"success", RepeatedStart::kSuccess},
     {"InvalidJobStatus", RepeatedStart::kInvalidJobStatus},
     {"JobStatusModifying", RepeatedStart::kJobStatusModifying}}};
inline constexpr Words<ErrorShape, 3> kErrorShapes = {{{"gateway", ErrorShape::kGateway},
                                                       {"service", ErrorShape::kService},
                                                       {"both", ErrorShape::kBoth}}};
inline constexpr Words<ForcedFormat, 3> kFormats = {
    {{"auto", ForcedFormat::kNone}, {"JSON", ForcedFormat::kJson}, {"XML", ForcedFormat::kXml}}};
inline constexpr Words<TooLarge, 2> kTooLarges = {
    {{"refuse", TooLarge::kRefuse}, {"clamp", TooLarge::kClamp}}};
inline constexpr Words<UnknownIds, 2> kUnknownIds = {
    {{"skip", UnknownIds::kSkip}, {"fail", UnknownIds::kFail}}};
inline constexpr Words<DelayUnit, 3> kDelayUnits = {{{"byType", DelayUnit::kByType},
                                                     {"seconds", DelayUnit::kSeconds},
                                                     {"milliseconds", DelayUnit::kMilliseconds}}};
inline constexpr Words<FaultEffect, 10> kFaultEffects = {
    {{"latency", FaultEffect::kNone},
     {"error", FaultEffect::kError},
     {"errorAfter", FaultEffect::kErrorAfter},
     {"lostReply", FaultEffect::kLostReply},
     {"resetBefore", FaultEffect::kResetBefore},
     {"resetAfter", FaultEffect::kResetAfter},
     {"truncate", FaultEffect::kTruncate},
     {"garbage", FaultEffect::kGarbage},
     {"interim", FaultEffect::kInterim},
     {"gzip", FaultEffect::kGzip}}};
inline constexpr Words<Garbage, 6> kGarbages = {{{"empty", Garbage::kEmpty},
                                                 {"html", Garbage::kHtml},
                                                 {"wrongTypes", Garbage::kWrongTypes},
                                                 {"huge", Garbage::kHuge},
                                                 {"truncatedJson", Garbage::kTruncatedJson},
                                                 {"deepJson", Garbage::kDeepJson}}};

template <class E, size_t N>
std::string WordOf(const Words<E, N>& words, E value) {
  for (const auto& [word, known] : words) {
    if (known == value) return std::string(word);
  }
  return "";
}

}  // namespace dtsop::simulator
