// Owns: one fuzzer: libFuzzer's entry point around the promise whose name it was compiled with (SAMARA_FUZZ_TARGET).
// Refuses to know: what is promised. A promise that is not kept ends the program like a crash.
#include <cstdint>
#include <cstdlib>

#include "fuzz/promises.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const samara::fuzz::Promise& promise : samara::fuzz::promises()) {
    if (promise.name == SAMARA_FUZZ_TARGET && !promise.kept({data, size})) std::abort();
  }
  return 0;
}
