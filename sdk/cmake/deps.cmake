# Third-party code: libsodium, nlohmann/json, doctest. Each becomes an interface target that only the layers
# named in sdk/CMakeLists.txt link. Natively they are the system's packages. For wasm the two header-only ones
# come through a folder of links, because the system's include folder must never reach the wasm compiler.

function(samara_header_only target header folder)
  find_path(${target}_INCLUDE "${header}" PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  add_library(${target} INTERFACE)
  set(include "${${target}_INCLUDE}")
  if(EMSCRIPTEN)
    set(include "${CMAKE_BINARY_DIR}/include")
    file(MAKE_DIRECTORY "${include}")
    file(CREATE_LINK "${${target}_INCLUDE}/${folder}" "${include}/${folder}" SYMBOLIC)
  endif()
  target_include_directories(${target} SYSTEM INTERFACE "${include}")
endfunction()

samara_header_only(samara_json nlohmann/json.hpp nlohmann)
if(SAMARA_TESTS)
  samara_header_only(samara_doctest doctest/doctest.h doctest)
endif()

if(EMSCRIPTEN)
  include(sodium_wasm)
else()
  find_path(SAMARA_SODIUM_INCLUDE sodium.h REQUIRED)
  find_library(SAMARA_SODIUM_LIBRARY sodium REQUIRED)
  add_library(samara_sodium INTERFACE)
  target_include_directories(samara_sodium SYSTEM INTERFACE "${SAMARA_SODIUM_INCLUDE}")
  target_link_libraries(samara_sodium INTERFACE "${SAMARA_SODIUM_LIBRARY}")
endif()
