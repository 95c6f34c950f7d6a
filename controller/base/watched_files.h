// Files whose change is to be noticed. What counts is what a reader sees, so a replaced link or a
// mounted Secret, which keeps its name, is noticed too.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/environment.h"

namespace dtsop {

class WatchedFiles {
 public:
  explicit WatchedFiles(FileReader read_file);

  // Reads files, and watches from then on those that were read.
  const FileReader& reader() const { return reader_; }
  // Watches none of them any more.
  void Forget() { seen_.clear(); }
  bool empty() const { return seen_.empty(); }
  // Reads all of them again: the paths of those that differ from what was read last.
  std::vector<std::string> Changed() const;
  // The paths of all.
  std::vector<std::string> Paths() const;

 private:
  const FileReader read_file_;
  const FileReader reader_;
  std::map<std::string, std::string> seen_;  // digests, so that no secret is kept; by path
};

}  // namespace dtsop
