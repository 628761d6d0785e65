// An echo: what comes is what goes back, and nothing at all is a mistake of the caller.
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// The framework frees it.
void *copied(const void *data, int size) {
    void *copy = std::malloc(size);
    std::memcpy(copy, data, size);
    return copy;
}

}  // namespace

extern "C" void *initialize(const char *model_entry, const char *model_config, int *state) {
    std::printf("model_entry: %s, model_config: %s\n", model_entry, model_config);
    *state = 0;
    return nullptr;
}

extern "C" int process(void *, const void *input_data, int input_size, void **output_data, int *output_size) {
    static const char EMPTY[] = "input data should not be empty";
    if (input_size == 0) {
        *output_size = sizeof EMPTY - 1;
        *output_data = copied(EMPTY, *output_size);
        return 400;
    }
    *output_size = input_size;
    *output_data = copied(input_data, input_size);
    return 200;
}
