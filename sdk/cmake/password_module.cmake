# password.wasm: Argon2id alone, for a worker that lives for one password (js/src/worker/password.ts). No glue and no
# imports; all memory from the start, so that a browser without 64 MiB to spare says so at once.
# libsodium's Argon2 is compiled once more, with its code for SSSE3, which Emscripten turns into wasm SIMD: a third
# less time than what the compiler makes of its plain C.
file(GLOB argon2_files "${sodium}/crypto_pwhash/argon2/*.c")
add_executable(samara_password "${CMAKE_CURRENT_LIST_DIR}/password.c" ${argon2_files})
set_target_properties(samara_password PROPERTIES OUTPUT_NAME password SUFFIX ".wasm")
target_compile_definitions(samara_password PRIVATE CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1 NDEBUG
  HAVE_EMMINTRIN_H=1 HAVE_TMMINTRIN_H=1 sodium_runtime_has_ssse3=samara_has_ssse3)
target_compile_options(samara_password PRIVATE -O3 -msimd128 -mssse3 -w)
target_include_directories(samara_password SYSTEM PRIVATE
  "${sodium}/include" "${sodium}/include/sodium" "${CMAKE_BINARY_DIR}/sodium" "${CMAKE_BINARY_DIR}/sodium/sodium")
target_link_libraries(samara_password PRIVATE samara_sodium)
target_link_options(samara_password PRIVATE
  -O3 --no-entry -sSTANDALONE_WASM -sMALLOC=emmalloc -sSTACK_SIZE=64KB -sINITIAL_MEMORY=65MB)
