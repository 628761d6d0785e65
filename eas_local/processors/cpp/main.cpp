// The program of a container that runs a C or C++ processor: opens its ports, loads the library, initializes it,
// warms it up, and serves.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include "builtin.hpp"
#include "failure.hpp"
#include "last_words.hpp"
#include "library.hpp"
#include "log.hpp"
#include "ready_desk.hpp"
#include "server.hpp"
#include "settings.hpp"
#include "text.hpp"

namespace host {

// Parity: the recorded request is sent five times before an instance is ready (warm-up document; eas-semantics 7.7).
static constexpr int WARM_UPS = 5;

static void warm_up(const Library& library, const std::string& path) {
    const auto request = contents(path);
    if (!request) throw Failure("the recorded request of warm_up_data_path cannot be read at " + path);
    for (int time = 0; time < WARM_UPS; ++time) {
        const Answer answer = library.process(*request);
        if (answer.status() == 200) continue;
        throw Failure("process answered the recorded request of warm_up_data_path with " +
                      std::to_string(answer.status()) + ": " + std::string(answer.body().substr(0, 500)) +
                      "; record another or mend process");
    }
}

// An instance that was not warmed up never becomes ready, and says why to whoever asks.
[[noreturn]] static void stay_unready(ReadyDesk& desk, const Failure& failure) {
    error(failure.what());
    desk.open(503, "{\"failure\": " + quoted(failure.what()) + '}');
    for (;;) pause();
}

[[noreturn]] static void serve(Socket port, ReadyDesk& desk, const Library& library, const Settings& settings) {
    Builtin builtin(settings);
    Server server(std::move(port), [&](const Request& request) {
        if (auto answer = builtin.answer(request)) return std::move(*answer);
        const Builtin::Busy busy(builtin);
        return library.process(request.body);
    });
    info("Start " + std::to_string(settings.worker_threads) + " worker thread");
    info("Service start successfully");
    desk.open(200, "{\"worker_threads\": " + std::to_string(settings.worker_threads) + '}');
    server.serve(settings.worker_threads);
}

[[noreturn]] static void run(const Settings& settings) {
    tell_last_words(settings.entry);
    Socket port = listening(settings.port);
    ReadyDesk desk(settings.ready_port);
    info("rpc binds to predefined port 8080");  // the one a user knows: the sidecar's
    Library library(settings.entry);
    info("Processor api version: v2");
    library.initialize(settings.model, settings.model_config);
    try {
        if (settings.warm_up) warm_up(library, *settings.warm_up);
    } catch (const Failure& failure) {
        stay_unready(desk, failure);
    }
    serve(std::move(port), desk, library, settings);
}

}  // namespace host

int main() {
    const host::During hosting(host::HOST);
    const host::SpareStack stack;
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what the library prints is seen at once
    std::signal(SIGPIPE, SIG_IGN);
    try {
        host::run(host::settings_from_environment());
    } catch (const host::Failure& failure) {
        host::error(failure.what());
    }
    std::_Exit(EXIT_FAILURE);  // without the library's destructors, which may have nothing yet to destroy
}
