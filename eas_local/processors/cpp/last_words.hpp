// A crash in the library stays a crash of the process, but the last line of its log says what it was doing.
#pragma once

#include <memory>
#include <string>

namespace host {

// What a thread is doing, and what its author should look at when it crashes there.
struct Phase {
    const char* where;
    const char* advice;
};

extern const Phase HOST, LOADING, INITIALIZE, PROCESS, OUTPUT;

// The phase of this thread for as long as it lives.
class During {
  public:
    explicit During(const Phase& phase);
    ~During();
    During(const During&) = delete;
    During& operator=(const During&) = delete;

  private:
    const Phase* before_;
};

// A stack for this thread's last words where its own has overflowed.
class SpareStack {
  public:
    SpareStack();
    ~SpareStack();
    SpareStack(const SpareStack&) = delete;
    SpareStack& operator=(const SpareStack&) = delete;

  private:
    std::unique_ptr<char[]> memory_;
};

// From now on fatal signals, uncaught exceptions and `exit` are told in one line each.
void tell_last_words(const std::string& library);

}  // namespace host
