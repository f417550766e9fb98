#include "internal.h"

void *fv_grow(void *memory, size_t bytes) {
    void *grown = realloc(memory, bytes ? bytes : 1);
    if (!grown) abort();
    return grown;
}

char *fv_copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(fv_grow(NULL, bytes), text, bytes);
}

/* SplitMix64: one word of state, any seed is good, neighbours give unlike streams. */
uint64_t fv_random(uint64_t *state) {
    uint64_t word = *state += 0x9E3779B97F4A7C15;
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
    return word ^ (word >> 31);
}

bool fv_chance(uint64_t *state, int per_256) {
    return (int)(fv_random(state) >> 56) < per_256;
}

void fvfs_free(void *memory) { free(memory); }

void fvfs_seed_sqlite(uint32_t seed) {
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)seed, (sqlite3 *)0);
}
