// JSON escapes by byte shuffles, 16 bytes of source at a time: RFC 8259 §7.
//
// For each half of 8 bytes the bits of those to escape choose a shuffle that opens a gap before each
// of them, and a mask that puts a backslash there: no branch depends on where they are.

#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

// By the bits of 8 bytes: where each output byte comes from (0x80: from nowhere), and the backslashes.
static uint8_t spread[256][16];
static uint8_t backslashes[256][16];

__attribute__((constructor)) static void make_tables(void) {
    for (int bits = 0; bits < 256; bits++) {
        int place = 0;
        for (int byte = 0; byte < 8; byte++) {
            if (bits >> byte & 1) {
                spread[bits][place] = 0x80;
                backslashes[bits][place++] = '\\';
            }
            spread[bits][place++] = (uint8_t)byte;
        }
        while (place < 16) spread[bits][place++] = 0x80;
    }
}

int earshot_json_escape_is_usable(void) {
    return __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt");
}

// What one block of 16 bytes became.
struct block {
    // Bits of the bytes escaped in short, and of those that need more.
    unsigned marks, stops;
};

// A byte's kind is what the tables of its two halves have in common.
enum {
    QUOTE = 1,          // 0x22
    BACKSLASH = 2,      // 0x5C
    SHORT_CONTROL = 4,  // \b \t \n \f \r
    CONTROL = 8,        // the others below 0x10
    HIGH_CONTROL = 16,  // 0x10 to 0x1F
    ERASED = 32,        // 0x7F
    LEAD = 64           // 0xC2, 0xE2: their sequences may need an escape
};

// Escapes 16 bytes, of which those with a `valid` bit count; writes up to 32.
__attribute__((target("ssse3,popcnt"))) static inline struct block
escape_block(__m128i bytes, unsigned valid, uint8_t *target) {
    const __m128i by_low = _mm_setr_epi8(
        CONTROL | HIGH_CONTROL, CONTROL | HIGH_CONTROL, CONTROL | HIGH_CONTROL | QUOTE | LEAD,
        CONTROL | HIGH_CONTROL, CONTROL | HIGH_CONTROL, CONTROL | HIGH_CONTROL,
        CONTROL | HIGH_CONTROL, CONTROL | HIGH_CONTROL, SHORT_CONTROL | HIGH_CONTROL,
        SHORT_CONTROL | HIGH_CONTROL, SHORT_CONTROL | HIGH_CONTROL, CONTROL | HIGH_CONTROL,
        SHORT_CONTROL | HIGH_CONTROL | BACKSLASH, SHORT_CONTROL | HIGH_CONTROL,
        CONTROL | HIGH_CONTROL, CONTROL | HIGH_CONTROL | ERASED);
    const __m128i by_high = _mm_setr_epi8(
        SHORT_CONTROL | CONTROL, HIGH_CONTROL, QUOTE, 0, 0, BACKSLASH, 0, ERASED, 0, 0, 0, 0, LEAD,
        0, LEAD, 0);
    const __m128i half = _mm_set1_epi8(0x0F), zero = _mm_setzero_si128();
    const __m128i kind = _mm_and_si128(
        _mm_shuffle_epi8(by_low, _mm_and_si128(bytes, half)),
        _mm_shuffle_epi8(by_high, _mm_and_si128(_mm_srli_epi16(bytes, 4), half)));
    const unsigned any = ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(kind, zero)) & valid;
    if (any == 0) {
        _mm_storeu_si128((__m128i *)target, bytes);
        return (struct block){0, 0};
    }
    const __m128i in_short = _mm_set1_epi8(QUOTE | BACKSLASH | SHORT_CONTROL);
    const unsigned others =
        (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_and_si128(kind, in_short), zero));
    const struct block block = {any & ~others, any & others};
    const __m128i control = _mm_set1_epi8(SHORT_CONTROL);
    const __m128i is_control = _mm_cmpeq_epi8(_mm_and_si128(kind, control), control);
    const __m128i letters =
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 'b', 't', 'n', 0, 'f', 'r', 0, 0);
    const __m128i text = _mm_or_si128(
        _mm_andnot_si128(is_control, bytes),
        _mm_and_si128(is_control, _mm_shuffle_epi8(letters, bytes)));
    const unsigned low_bits = block.marks & 0xFF, high_bits = block.marks >> 8;
    const __m128i low = _mm_or_si128(
        _mm_shuffle_epi8(text, _mm_loadu_si128((const __m128i *)spread[low_bits])),
        _mm_loadu_si128((const __m128i *)backslashes[low_bits]));
    const __m128i high = _mm_or_si128(
        _mm_shuffle_epi8(
            _mm_srli_si128(text, 8), _mm_loadu_si128((const __m128i *)spread[high_bits])),
        _mm_loadu_si128((const __m128i *)backslashes[high_bits]));
    _mm_storeu_si128((__m128i *)target, low);
    _mm_storeu_si128(
        (__m128i *)(target + 8 + (unsigned)__builtin_popcount(low_bits)), high);
    return block;
}

// The last 1 to 15 bytes of a text, and whatever lies behind them: a load of 16 bytes is as good as one
// of the first byte as long as it stays inside that byte's page. Near a page's end they are copied.
__attribute__((target("ssse3,popcnt"), no_sanitize("address"))) static inline __m128i
load_short(const uint8_t *source, size_t count) {
    if (((uintptr_t)source & 4095) <= 4096 - 16) return _mm_loadu_si128((const __m128i *)source);
    uint8_t bytes[16] = {0};
    for (size_t index = 0; index < count; index++) bytes[index] = source[index];
    return _mm_loadu_si128((const __m128i *)bytes);
}

// Which of 16 bytes need no escape for sure.
__attribute__((target("ssse3,popcnt"))) static inline __m128i is_plain(__m128i bytes) {
    // Plain: 0x20 to 0x7E without `"` and `\`. Bytes above are left to the loop: most texts have none.
    const __m128i in_range = _mm_and_si128(
        _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x1F)), _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x7F)));
    const __m128i special = _mm_or_si128(
        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return _mm_andnot_si128(special, in_range);
}

// Texts of up to 32 plain bytes, most of those in heads, without a branch on their length: lengths
// change from text to text, and a branch foretold wrongly costs more than the copy.
__attribute__((target("ssse3,popcnt"), no_sanitize("address"))) static inline int
copy_short_plain(const uint8_t *source, size_t count, uint8_t *target) {
    if (count > 32 || ((uintptr_t)source & 4095) > 4096 - 32) return 0;
    const __m128i low = _mm_loadu_si128((const __m128i *)source);
    const __m128i high = _mm_loadu_si128((const __m128i *)(source + 16));
    const uint64_t plain = (uint32_t)_mm_movemask_epi8(is_plain(low)) |
        (uint64_t)(uint32_t)_mm_movemask_epi8(is_plain(high)) << 16;
    const uint64_t counted = (UINT64_C(1) << count) - 1;
    if ((~plain & counted) != 0) return 0;
    _mm_storeu_si128((__m128i *)target, low);
    _mm_storeu_si128((__m128i *)(target + 16), high);
    return 1;
}

__attribute__((target("ssse3,popcnt"))) static inline struct earshot_escaped
escape(const uint8_t *source, size_t count, uint8_t *target) {
    if (copy_short_plain(source, count, target)) return (struct earshot_escaped){count, count};
    size_t in = 0, out = 0;
    while (in < count) {
        const size_t left = count - in;
        const __m128i bytes = left >= 16 ? _mm_loadu_si128((const __m128i *)(source + in))
                                         : load_short(source + in, left);
        const unsigned valid = left >= 16 ? 0xFFFF : (1u << left) - 1;
        const struct block block = escape_block(bytes, valid, target + out);
        if (block.stops != 0) {
            // What was stored behind the stop does not count.
            const unsigned place = (unsigned)__builtin_ctz(block.stops);
            const unsigned marks = block.marks & ((1u << place) - 1);
            return (struct earshot_escaped){
                in + place, out + place + (unsigned)__builtin_popcount(marks)};
        }
        const size_t taken = left < 16 ? left : 16;
        in += taken;
        out += taken + (unsigned)__builtin_popcount(block.marks);
    }
    return (struct earshot_escaped){in, out};
}

__attribute__((target("ssse3,popcnt"))) struct earshot_escaped
earshot_json_escape(const uint8_t *source, size_t count, uint8_t *target) {
    return escape(source, count, target);
}

__attribute__((target("ssse3,popcnt"))) size_t earshot_json_pair(
    const uint8_t *key, size_t key_count, const uint8_t *value, size_t value_count,
    uint8_t *target) {
    size_t out = 0;
    memcpy(target, "[\"", 2);
    out += 2;
    struct earshot_escaped part = escape(key, key_count, target + out);
    if (part.consumed != key_count) return 0;
    out += part.written;
    memcpy(target + out, "\",\"", 3);
    out += 3;
    part = escape(value, value_count, target + out);
    if (part.consumed != value_count) return 0;
    out += part.written;
    memcpy(target + out, "\"]", 2);
    return out + 2;
}

#else

int earshot_json_escape_is_usable(void) { return 0; }

struct earshot_escaped
earshot_json_escape(const uint8_t *source, size_t count, uint8_t *target) {
    (void)source, (void)count, (void)target;
    return (struct earshot_escaped){0, 0};
}

size_t earshot_json_pair(
    const uint8_t *key, size_t key_count, const uint8_t *value, size_t value_count,
    uint8_t *target) {
    (void)key, (void)key_count, (void)value, (void)value_count, (void)target;
    return 0;
}

#endif
