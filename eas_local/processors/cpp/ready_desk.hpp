// Tells the sidecar when `initialize` is done: who connects before waits, and hears it the moment it happens.
#pragma once

#include <string>

#include "sockets.hpp"

namespace host {

class ReadyDesk {
  public:
    // Throws Failure.
    explicit ReadyDesk(int port);

    // Once: from now on each request is answered so, by a thread of its own, whatever the workers do.
    void open(int status, const std::string& json);

  private:
    void attend(const std::string& answer) const;

    Socket port_;
};

}  // namespace host
