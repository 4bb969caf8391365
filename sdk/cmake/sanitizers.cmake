# SAMARA_SANITIZE → flags for every target. The first finding ends the program. libc++'s hardening goes along:
# it checks what the sanitizers cannot see (spans, optionals, expected).
if(SAMARA_SANITIZE)
  add_compile_options(-fsanitize=${SAMARA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -gline-tables-only)
  add_link_options(-fsanitize=${SAMARA_SANITIZE})
  add_compile_definitions(_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_DEBUG)
elseif(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE)
endif()
