// libFuzzer's entry points (llvm.org/docs/LibFuzzer.html).

#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *, size_t));
int fuzz_main(int argc, char **argv);
