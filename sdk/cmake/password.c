/* The program of password.wasm: Argon2id as share v1 wants it, over one region of memory. The host writes salt and
 * password into it and reads the key from it; the instance is thrown away after one call. */
#include <stdint.h>

#include "crypto_pwhash_argon2id.h"

enum { key_bytes = 32, salt_bytes = crypto_pwhash_argon2id_SALTBYTES, password_bytes_max = 1024, passes = 3 };
enum { memory_bytes = 64 * 1024 * 1024 };

static struct {
  uint8_t key[key_bytes];
  uint8_t salt[salt_bytes];
  char password[password_bytes_max];
} region;

/* libsodium's choice of its fastest code, which its sodium_init() would make, and what it asks of the processor. */
int _crypto_pwhash_argon2_pick_best_implementation(void);
int samara_has_ssse3(void) { return 1; }

__attribute__((export_name("region"))) void* password_region(void) { return &region; }

/* 0, or not: too long, or no memory. */
__attribute__((export_name("stretch"))) int password_stretch(const uint32_t password_bytes) {
  if (password_bytes > password_bytes_max) return -1;
  _crypto_pwhash_argon2_pick_best_implementation();
  return crypto_pwhash_argon2id(region.key, key_bytes, region.password, password_bytes, region.salt, passes, memory_bytes,
                                crypto_pwhash_argon2id_ALG_ARGON2ID13);
}
