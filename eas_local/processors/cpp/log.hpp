// The host's own lines between those of the library: `[2026-01-31 12:00:00] [INFO] text`.
#pragma once

#include <string>

namespace host {

void info(const std::string& text);
void warn(const std::string& text);
void error(const std::string& text);

}  // namespace host
