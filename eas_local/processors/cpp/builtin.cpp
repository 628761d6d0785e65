#include "builtin.hpp"

#include "text.hpp"

namespace host {

// Parity: the engine's own handlers have these names; what they say is not known (eascmd test session, wire-contract 5.4).
static constexpr std::string_view PREFIX = "/api/builtin/";

static std::string properties(const Settings& settings) {
    return "{\"rpc.worker_threads\": " + quoted(std::to_string(settings.worker_threads)) +
           ", \"rpc.max_queue_size\": " + quoted(settings.max_queue_size) + ", \"model.ready\": \"1\"" +
           ", \"model.model_config\": " + quoted(settings.model_config) + '}';
}

Builtin::Builtin(const Settings& settings)
    : workers_(settings.worker_threads), properties_(properties(settings)) {}

std::optional<Answer> Builtin::answer(const Request& request) const {
    const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
    if (path.substr(0, PREFIX.size()) != PREFIX) return std::nullopt;
    const std::string_view name = path.substr(PREFIX.size());
    if (name == "ping") return Answer{200, "pong"};
    if (name == "prop") return Answer{200, properties_};
    if (name == "monitor") return Answer{200, monitor()};
    if (name == "call" || name == "tell" || name == "term" || name == "eastool") {
        return Answer{501, std::string(path) + " is EAS's own and not public; the emulator answers " +
                               "/api/builtin/ping, prop and monitor."};
    }
    return std::nullopt;
}

std::string Builtin::monitor() const {
    return "{\"worker_threads\": " + std::to_string(workers_) + ", \"busy_threads\": " + std::to_string(busy_) +
           ", \"requests\": " + std::to_string(requests_) + '}';
}

}  // namespace host
