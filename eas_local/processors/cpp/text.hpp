// Texts as they are read from files and written into JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace host {

// What a file holds, nothing where it cannot be read.
std::optional<std::string> contents(const std::string& path);

// A JSON string.
std::string quoted(std::string_view text);

}  // namespace host
