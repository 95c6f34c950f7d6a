#include "base/time.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/strings.h"

namespace dtsop {
namespace {

// 64-bit nanoseconds hold the time between any two moments of these years.
constexpr int kYearMin = 1970;
constexpr int kYearMax = 2200;

Duration ReadClock(clockid_t id) {
  timespec spec{};
  clock_gettime(id, &spec);
  return seconds(spec.tv_sec) + Duration(spec.tv_nsec);
}

// Reads exactly `digits` decimal digits at `*at` and moves past them; -1 when they are not there.
int Digits(std::string_view text, size_t* at, size_t digits) {
  if (text.size() < *at + digits) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = text[*at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  *at += digits;
  return value;
}

bool Literal(std::string_view text, size_t* at, char c) {
  if (*at >= text.size() || text[*at] != c) return false;
  ++*at;
  return true;
}

struct Unit {
  std::string_view name;
  Duration size;
};
constexpr std::array<Unit, 6> kUnits = {{{"h", hours(1)},
                                         {"ms", milliseconds(1)},
                                         {"m", minutes(1)},
                                         {"s", seconds(1)},
                                         {"us", std::chrono::microseconds(1)},
                                         {"ns", Duration(1)}}};

}  // namespace

Now SystemClock::Read() const {
  return Now{MonoTime(ReadClock(CLOCK_BOOTTIME)), WallTime(ReadClock(CLOCK_REALTIME))};
}

std::string FormatRfc3339(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string FormatRfc3339Micro(WallTime time) {
  const auto whole = std::chrono::floor<seconds>(time);
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time - whole).count();
  std::string text = FormatRfc3339(time);
  text.pop_back();
  return fmt::format("{}.{:06}Z", text, micros);
}

Result<WallTime> ParseRfc3339(std::string_view text) {
  const auto bad = Fail("not an RFC 3339 time");
  size_t at = 0;
  const int year = Digits(text, &at, 4);
  if (year < 0 || !Literal(text, &at, '-')) return bad;
  const int month = Digits(text, &at, 2);
  if (!Literal(text, &at, '-')) return bad;
  const int day = Digits(text, &at, 2);
  if (!Literal(text, &at, 'T')) return bad;
  const int hour = Digits(text, &at, 2);
  if (!Literal(text, &at, ':')) return bad;
  const int minute = Digits(text, &at, 2);
  if (!Literal(text, &at, ':')) return bad;
  const int second = Digits(text, &at, 2);
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  const bool fits = year >= kYearMin && year <= kYearMax && month >= 0 && day >= 0 && date.ok();
  if (!fits || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return bad;
  }
  Duration fraction{0};
  if (Literal(text, &at, '.')) {
    int64_t scale = 100'000'000;
    const size_t begin = at;
    for (int digit = 0; (digit = Digits(text, &at, 1)) >= 0; scale /= 10) {
      fraction += Duration(digit * scale);
    }
    if (at == begin || at - begin > 9) return bad;
  }
  Duration offset{0};
  if (!Literal(text, &at, 'Z')) {
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return bad;
    const int sign = text[at++] == '+' ? 1 : -1;
    const int offset_hours = Digits(text, &at, 2);
    if (!Literal(text, &at, ':')) return bad;
    const int offset_minutes = Digits(text, &at, 2);
    if (offset_hours < 0 || offset_hours > 23 || offset_minutes < 0 || offset_minutes > 59)
      return bad;
    offset = sign * (hours(offset_hours) + minutes(offset_minutes));
  }
  if (at != text.size()) return bad;
  return WallTime(std::chrono::sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) +
                  seconds(second) + fraction - offset);
}

Result<WallTime> ParseHttpDate(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto bad = Fail("not a date such as \"Sun, 06 Nov 1994 08:49:37 GMT\"");
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return bad;
  const size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return bad;
  size_t at = 5;
  const int day = Digits(text, &at, 2);
  at = 12;
  const int year = Digits(text, &at, 4);
  at = 17;
  const int hour = Digits(text, &at, 2);
  const int minute = Literal(text, &at, ':') ? Digits(text, &at, 2) : -1;
  const int second = Literal(text, &at, ':') ? Digits(text, &at, 2) : -1;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(static_cast<unsigned>(std::max(day, 0)))};
  // A minute may have a leap second.
  if (!date.ok() || year < kYearMin || year > kYearMax || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60) {
    return bad;
  }
  return WallTime(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second);
}

std::optional<Duration> ParseRetryAfter(std::string_view text, WallTime now) {
  text = Trim(text);
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string_view::npos) {
    const auto date = ParseHttpDate(text);
    if (!date) return std::nullopt;
    return std::clamp<Duration>(*date - now, Duration{0}, kRetryAfterMax);
  }
  int64_t whole = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), whole).ec;
  // More digits than a number holds ask for more than any bound.
  if (error != std::errc()) return kRetryAfterMax;
  return seconds(std::min<int64_t>(whole, kRetryAfterMax / seconds(1)));
}

Result<Duration> ParseDuration(std::string_view text) {
  const auto bad = Fail("not a duration such as \"60s\" or \"1m30s\"");
  if (text == "0") return Duration{0};
  if (text.empty()) return bad;
  double total = 0;
  while (!text.empty()) {
    double value = 0;
    const char first = text[0];
    if ((first < '0' || first > '9') && first != '.') return bad;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc()) return bad;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (unit == nullptr && text.substr(0, candidate.name.size()) == candidate.name) {
        unit = &candidate;
      }
    }
    if (unit == nullptr) return bad;
    text.remove_prefix(unit->name.size());
    total += value * static_cast<double>(unit->size.count());
  }
  if (total >= static_cast<double>(std::numeric_limits<int64_t>::max())) return bad;
  return Duration(std::llround(total));
}

std::string FormatDuration(Duration duration) {
  const auto total = std::chrono::duration_cast<milliseconds>(duration).count();
  if (total == 0) return "0s";
  if (total % 1000 != 0) return fmt::format("{}ms", total);
  std::string out;
  const auto whole = total / 1000;
  if (whole >= 3600) out += fmt::format("{}h", whole / 3600);
  if (whole / 60 % 60 != 0) out += fmt::format("{}m", whole / 60 % 60);
  if (whole % 60 != 0) out += fmt::format("{}s", whole % 60);
  return out;
}

}  // namespace dtsop
