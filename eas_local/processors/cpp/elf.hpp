// What is wrong with a file that should be a shared library of this machine.
#pragma once

#include <string>

namespace host {

// Throws Failure where it is missing, no shared library, or one for another machine. `entry` is a path of this folder.
void check_library(const std::string& entry);

}  // namespace host
