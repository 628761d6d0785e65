#include "log.hpp"

#include <cstdio>
#include <ctime>

namespace host {

static void line(const char* level, const std::string& text) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char time[sizeof "2026-01-31 12:00:00"];
    std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", &local);
    std::printf("[%s] [%s] %s\n", time, level, text.c_str());
    std::fflush(stdout);
}

void info(const std::string& text) { line("INFO", text); }

void warn(const std::string& text) { line("WARN", text); }

void error(const std::string& text) { line("ERROR", text); }

}  // namespace host
