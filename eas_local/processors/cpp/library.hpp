// The user's shared library and its two functions, called as EAS calls them.
//
// Parity: void* initialize(const char* model_entry, const char* model_config, int* state) once, 0 for success;
// int process(void*, const void* input, int input_size, void** output, int* output_size) by all workers at the same
// time, 0 or 200 for success, other HTTP statuses as they are and all else 400; the output is freed by the framework
// (vendor's pages on C and C++ processors; wire-contract 5.2).
#pragma once

#include <string>

#include "answer.hpp"

namespace host {

class Library {
  public:
    // Throws Failure where it cannot be loaded.
    explicit Library(const std::string& entry);

    // Throws Failure where the library refuses.
    void initialize(const std::string& model, const std::string& model_config);

    // Parity: an exception is 400 with its text, as for Java (vendor's page on Java processors).
    Answer process(const std::string& input) const;

  private:
    using Initialize = void*(const char*, const char*, int*);
    using Process = int(void*, const void*, int, void**, int*);

    void* symbol(const char* name) const;
    Answer call(const std::string& input) const;

    std::string name_;
    void* handle_;
    Initialize* initialize_;
    Process* process_;
    void* model_ = nullptr;
};

}  // namespace host
