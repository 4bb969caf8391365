# libsodium for wasm, compiled from source: Debian's archive has no configure script, so this does its two jobs
# (version.h and two definitions). Its random source is left out: key material comes to the engine as Entropy
# inputs, and sodium_init() must not be called (nothing in it is needed on wasm).
set(SAMARA_SODIUM_SOURCE "${CMAKE_SOURCE_DIR}/.toolchain/libsodium" CACHE PATH "libsodium source")
set(sodium "${SAMARA_SODIUM_SOURCE}/src/libsodium")
if(NOT EXISTS "${sodium}/sodium/core.c")
  message(FATAL_ERROR "no libsodium source in ${SAMARA_SODIUM_SOURCE}; ./run build fetches it")
endif()

set(VERSION 1.0.18)
set(SODIUM_LIBRARY_VERSION_MAJOR 10)
set(SODIUM_LIBRARY_VERSION_MINOR 3)
set(SODIUM_LIBRARY_MINIMAL_DEF "")
configure_file("${sodium}/include/sodium/version.h.in" "${CMAKE_BINARY_DIR}/sodium/sodium/version.h" @ONLY)

file(GLOB_RECURSE sodium_files "${sodium}/*.c")
list(FILTER sodium_files EXCLUDE REGEX "/randombytes/")

# BLAKE2b writes its twelve rounds out one by one, which is 2 KB of the download. Here they are a loop; it hashes keys,
# never content. The vectors of the tests hold for both.
set(blake2b_file "${sodium}/crypto_generichash/blake2b/ref/blake2b-compress-ref.c")
set(blake2b_looped "${CMAKE_BINARY_DIR}/sodium/blake2b-compress-looped.c")
file(READ "${blake2b_file}" blake2b_text)
string(REGEX REPLACE "ROUND\\(0\\);.*ROUND\\(11\\);" "for (i = 0; i < 12; ++i) { ROUND(i); }" blake2b_text "${blake2b_text}")
if(NOT blake2b_text MATCHES "{ ROUND\\(i\\); }")
  message(FATAL_ERROR "${blake2b_file} does not have the rounds that are expected")
endif()
file(CONFIGURE OUTPUT "${blake2b_looped}" CONTENT "${blake2b_text}" @ONLY)
list(REMOVE_ITEM sodium_files "${blake2b_file}")
list(APPEND sodium_files "${blake2b_looped}")

add_library(samara_sodium STATIC EXCLUDE_FROM_ALL ${sodium_files} "${CMAKE_CURRENT_LIST_DIR}/sodium_random.c")
target_compile_definitions(samara_sodium PRIVATE CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1 NDEBUG) # its asserts would bring stdio
# Small, with link-time optimization, as sdk/ is; but for what is named below.
target_compile_options(samara_sodium PRIVATE -Os -flto -msimd128 -w)
file(GLOB pwhash_files "${sodium}/crypto_pwhash/*.c" "${sodium}/crypto_pwhash/*/*.c")
set_source_files_properties(${pwhash_files} PROPERTIES COMPILE_OPTIONS -O3) # slow by design, but for the attacker only
target_include_directories(samara_sodium SYSTEM
  PUBLIC "${sodium}/include" "${CMAKE_BINARY_DIR}/sodium" "${sodium}/include/sodium"
  PRIVATE "${CMAKE_BINARY_DIR}/sodium/sodium" "${sodium}/crypto_generichash/blake2b/ref")

# ChaCha20 four blocks at a time: nearly twice as fast as the portable one when sealing (810 against 437 MB/s in Node), for 0.7 KB.
# libsodium picks it by asking the processor in sodium_init(); here the module is compiled for it, so its default is replaced.
# The intrinsics are SSSE3's, which Emscripten translates to wasm's own.
set(chacha "${sodium}/crypto_stream/chacha20")
set_source_files_properties("${chacha}/stream_chacha20.c" PROPERTIES COMPILE_DEFINITIONS
  "crypto_stream_chacha20_ref_implementation=crypto_stream_chacha20_dolbeau_ssse3_implementation")
set_source_files_properties("${chacha}/dolbeau/chacha20_dolbeau-ssse3.c" PROPERTIES
  COMPILE_DEFINITIONS "HAVE_EMMINTRIN_H;HAVE_TMMINTRIN_H" COMPILE_OPTIONS "-mssse3;-O3;-fno-lto")
# Every sealed byte goes through these two: fast, not small, and out of reach of the link's own optimization for size.
set_source_files_properties("${sodium}/crypto_onetimeauth/poly1305/donna/poly1305_donna.c" PROPERTIES COMPILE_OPTIONS "-O3;-fno-lto")
