// What the host is told by its environment, read once.
#pragma once

#include <optional>
#include <string>

namespace host {

struct Settings {
    std::string entry;  // the library, relative to the current folder: `processor_entry`
    std::string model;  // the path that `initialize` is given
    std::string model_config;
    std::optional<std::string> warm_up;  // the file with the recorded request
    int port;
    int ready_port;
    int worker_threads;
    std::string max_queue_size;
};

// Throws Failure for a variable that is missing or no number.
Settings settings_from_environment();

}  // namespace host
