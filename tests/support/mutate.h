// Seeded mutations of valid texts, the same in every run.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace dtsop {

// One to four edits: a flipped bit, a byte that matters to parsers, a deletion, a repetition, or a
// piece moved elsewhere.
inline std::string Mutate(std::string text, Random& random) {
  constexpr std::string_view kBytes = "\n\r\t {}[]:,&*!|>'\"#%@`-?<~\\/0e\xff\x80\xef\xbb";
  for (uint64_t edits = 1 + random.Below(4); edits > 0 && !text.empty(); --edits) {
    const size_t at = random.Below(text.size());
    const size_t length = 1 + random.Below(16);
    switch (random.Below(6)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << random.Below(8)));
        break;
      case 1:
        text[at] = kBytes[random.Below(kBytes.size())];
        break;
      case 2:
        text.insert(at, 1, kBytes[random.Below(kBytes.size())]);
        break;
      case 3:
        text.erase(at, length);
        break;
      case 4:
        text.insert(random.Below(text.size()), text.substr(at, length));
        break;
      default:
        for (uint64_t n = random.Below(80); n > 0; --n) text.insert(at, text.substr(at, 2));
        break;
    }
  }
  return text;
}

}  // namespace dtsop
