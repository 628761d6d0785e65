// An answer and how it is written.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace host {

struct Freed {
    void operator()(void* memory) const;
};

// What the library has put on the heap; it is the host's to free.
using Output = std::unique_ptr<void, Freed>;

struct Given {
    Output memory;
    std::size_t size = 0;
};

class Answer {
  public:
    Answer(int status, std::string text) : status_(status), body_(std::move(text)) {}
    Answer(int status, Given output) : status_(status), body_(std::move(output)) {}

    int status() const { return status_; }
    std::string_view body() const;

    // The lines before the body. `last`: the connection is closed after it.
    std::string head(bool last) const;

  private:
    int status_;
    std::variant<std::string, Given> body_;
};

// 0 is success, and what is no HTTP status is the client's fault.
int http_status(int returned);

}  // namespace host
