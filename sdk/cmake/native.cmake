# Native toolchain: the first clang >= 19 found, with libc++, the library line that Emscripten uses too.
find_program(SAMARA_CXX NAMES clang++-19 clang++-20 clang++-21 clang++-22 clang++ REQUIRED)
find_program(SAMARA_CC NAMES clang-19 clang-20 clang-21 clang-22 clang REQUIRED)
set(CMAKE_C_COMPILER "${SAMARA_CC}")
set(CMAKE_CXX_COMPILER "${SAMARA_CXX}")
set(CMAKE_CXX_FLAGS_INIT "-stdlib=libc++")
if(NOT APPLE)
  set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld")
endif()
