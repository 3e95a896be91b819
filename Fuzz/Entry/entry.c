// The package manager renames an executable's main; libFuzzer is started from under that name.

#include "entry.h"

int fuzz_main(int argc, char **argv) {
    return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
}
