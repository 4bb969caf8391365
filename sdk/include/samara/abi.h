/* Owns: the C functions that a host without C++ calls, and the layout of a record. The numbers of the
 * records are in sdk/src/abi/records.def; docs/engine-api.md describes the payloads. */
#ifndef SAMARA_ABI_H
#define SAMARA_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One output. 32 bytes, little-endian, 8-aligned. The payload lives until the next samara_handle(). */
struct samara_record {
  uint32_t size;
  uint16_t kind;
  uint16_t flags;
  uint32_t handle;
  uint32_t a;
  uint64_t b;
  uint32_t payload_address; /* 0 when there is no payload */
  uint32_t payload_bytes;
};

/* Address of an input region of at least that many bytes, or 0 when memory ran out. Valid until the
 * next call of any function. */
uint32_t samara_reserve(uint32_t bytes);
/* Makes the one engine of this instance from the config dictionary in the input region. 1: made. */
uint32_t samara_create(uint32_t seed_low, uint32_t seed_high, uint32_t config_bytes);
/* Feeds one input, its payload in the input region, and drains the engine. The number of records, or
 * 0xffffffff for a kind that does not exist. */
uint32_t samara_handle(uint32_t kind, uint32_t handle, uint32_t a, double b, uint32_t payload_bytes, double now_us);
/* Address of the first record of the last call. */
uint32_t samara_records(void);
/* When to send tick if nothing else comes first; negative for never. */
double samara_deadline_us(void);
/* Parses the link in the input region; one record with a list of link infos. */
uint32_t samara_inspect(uint32_t payload_bytes);
/* SHA-1 of each piece of the input region; one record with 20 bytes per piece. */
uint32_t samara_sha1(uint32_t payload_bytes, uint32_t piece_bytes);

#ifdef __cplusplus
}
#endif

#endif
