#include "text.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

namespace host {

std::optional<std::string> contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) return std::nullopt;
    return text;
}

static std::string escaped(unsigned char letter) {
    char code[sizeof "\\u0000"];
    std::snprintf(code, sizeof code, "\\u%04x", letter);
    return code;
}

std::string quoted(std::string_view text) {
    std::string json = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') json += '\\';
        const bool control = static_cast<unsigned char>(letter) < 0x20;
        json += control ? escaped(static_cast<unsigned char>(letter)) : std::string(1, letter);
    }
    return json + '"';
}

}  // namespace host
