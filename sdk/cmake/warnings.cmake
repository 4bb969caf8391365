# The warnings of all our code, as errors, and the language rules of sdk/ (no exceptions, no RTTI).
function(samara_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Werror)
endfunction()

function(samara_sdk_rules target)
  samara_warnings(${target})
  target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti)
  if(EMSCRIPTEN)
    target_compile_options(${target} PRIVATE ${SAMARA_WASM_OPTIMIZE} -flto -msimd128 -mbulk-memory -mnontrapping-fptoint)
    # What libc++ would say before it gives up costs more bytes than it helps: no exceptions, so every throw traps.
    target_compile_options(${target} PRIVATE "-D_LIBCPP_VERBOSE_ABORT(...)=__builtin_trap()")
  endif()
endfunction()
