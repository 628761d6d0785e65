// Why a processor cannot serve, in one sentence: what failed, on which thing, what to do now.
#pragma once

#include <stdexcept>

namespace host {

class Failure : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace host
