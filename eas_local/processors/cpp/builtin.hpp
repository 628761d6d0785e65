// The paths that every processor answers without its author's doing, and what they tell.
#pragma once

#include <atomic>
#include <optional>

#include "answer.hpp"
#include "request.hpp"
#include "settings.hpp"

namespace host {

class Builtin {
  public:
    explicit Builtin(const Settings& settings);

    // Nothing for a path that is the processor's.
    std::optional<Answer> answer(const Request& request) const;

    // While it lives a worker is busy with a request.
    class Busy {
      public:
        explicit Busy(Builtin& builtin) : builtin_(builtin) { ++builtin_.busy_; }
        ~Busy() {
            --builtin_.busy_;
            ++builtin_.requests_;
        }
        Busy(const Busy&) = delete;
        Busy& operator=(const Busy&) = delete;

      private:
        Builtin& builtin_;
    };

  private:
    std::string monitor() const;

    const int workers_;
    const std::string properties_;
    std::atomic<int> busy_{0};
    std::atomic<long> requests_{0};
};

}  // namespace host
