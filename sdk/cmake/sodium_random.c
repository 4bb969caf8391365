/* The random source of libsodium on wasm: none. Key material comes to the engine as Entropy inputs, so a call here
 * is a bug in our code, and traps. */
#include <stddef.h>
#include <stdint.h>

#include "randombytes.h"

void randombytes_buf(void* const buf, const size_t size) {
  (void)buf;
  (void)size;
  __builtin_trap();
}

uint32_t randombytes_random(void) { __builtin_trap(); }

uint32_t randombytes_uniform(const uint32_t upper_bound) {
  (void)upper_bound;
  __builtin_trap();
}

void randombytes_stir(void) { __builtin_trap(); }
