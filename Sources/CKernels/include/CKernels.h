// Loops over bytes for which Swift has no instruction: byte shuffles. Only computation: no state but
// tables, no allocation, no system calls.
#ifndef EARSHOT_CKERNELS_H
#define EARSHOT_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// How far a kernel came.
struct earshot_escaped {
    // Source bytes done.
    size_t consumed;
    // Output bytes that count; up to 32 behind them may have been written.
    size_t written;
};

// Whether this processor has what `earshot_json_escape` needs.
int earshot_json_escape_is_usable(void);

// Copies bytes, with `\` and a letter for those that JSON escapes in short: " \ \b \t \n \f \r.
//
// Stops at the first byte that needs more (another control, 0x7F, 0xC2, 0xE2). The output needs room
// for 2 * count + 32 bytes. Call it only where it is usable.
struct earshot_escaped earshot_json_escape(const uint8_t *source, size_t count, uint8_t *target);

// Writes `["key","value"]`, both escaped. The output needs room for 2 * (key_count + value_count) + 48
// bytes. Returns the bytes written, 0 when a byte needs more than a short escape. Only where usable.
size_t earshot_json_pair(
    const uint8_t *key, size_t key_count, const uint8_t *value, size_t value_count,
    uint8_t *target);

#endif
