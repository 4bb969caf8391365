# WebAssembly toolchain: Emscripten's own CMake file, found through SAMARA_EMCC (set by ./run), EMSDK, the unpacked
# .toolchain/ or PATH, in this order.
if(DEFINED ENV{SAMARA_EMCC})
  set(SAMARA_EMCC "$ENV{SAMARA_EMCC}" CACHE FILEPATH "emcc")
endif()
find_program(SAMARA_EMCC NAMES emcc
  HINTS "$ENV{EMSDK}/upstream/emscripten" "${CMAKE_CURRENT_LIST_DIR}/../../.toolchain/emscripten/usr/share/emscripten")
if(NOT SAMARA_EMCC)
  message(FATAL_ERROR "no emcc found; ./run build installs one")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SAMARA_EMCC)

get_filename_component(SAMARA_EMCC_REAL "${SAMARA_EMCC}" REALPATH)
get_filename_component(SAMARA_EMSCRIPTEN "${SAMARA_EMCC_REAL}" DIRECTORY)
include("${SAMARA_EMSCRIPTEN}/cmake/Modules/Platform/Emscripten.cmake")
