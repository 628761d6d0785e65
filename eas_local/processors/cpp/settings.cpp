#include "settings.hpp"

#include <charconv>
#include <cstdlib>

#include "failure.hpp"
#include "text.hpp"

namespace host {

static std::string variable(const std::string& name, const std::string& otherwise = "") {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? value : otherwise;
}

static int number(const std::string& name, const std::string& otherwise) {
    const std::string text = variable(name, otherwise);
    const char* end = text.data() + text.size();
    int value = 0;
    const auto [stopped, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stopped != end || value < 1) {
        throw Failure(name + "=\"" + text + "\" is no number above 0; start the host as EAS does");
    }
    return value;
}

static std::optional<std::string> path(const std::string& name) {
    const std::string value = variable(name);
    return value.empty() ? std::nullopt : std::optional(value);
}

Settings settings_from_environment() {
    const std::string folder = variable("EAS_HOST_SETTINGS", "/eas/processor/settings");
    return {
        variable("EAS_HOST_ENTRY"),
        variable("EAS_HOST_MODEL"),
        contents(folder + "/model_config").value_or(""),
        path("EAS_HOST_WARM_UP"),
        number("EAS_HOST_PORT", "28080"),
        number("EAS_HOST_READY_PORT", "28090"),
        // Parity: 5 worker threads unless rpc.worker_threads says otherwise (JSON deployment document).
        number("EAS_HOST_WORKER_THREADS", "5"),
        variable("EAS_HOST_MAX_QUEUE_SIZE", "64"),
    };
}

}  // namespace host
