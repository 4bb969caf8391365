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
add_library(samara_sodium STATIC EXCLUDE_FROM_ALL ${sodium_files} "${CMAKE_CURRENT_LIST_DIR}/sodium_random.c")
target_compile_definitions(samara_sodium PRIVATE CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1)
target_compile_options(samara_sodium PRIVATE -O3 -msimd128 -w)
target_include_directories(samara_sodium SYSTEM
  PUBLIC "${sodium}/include" "${CMAKE_BINARY_DIR}/sodium"
  PRIVATE "${sodium}/include/sodium" "${CMAKE_BINARY_DIR}/sodium/sodium")
