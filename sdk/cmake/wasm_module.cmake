# What is linked for wasm: samara.mjs + samara.wasm (the engine for browsers) and the test programs for Node.
# The glue is minified later, by js/build.mjs. Flags and their reasons:
#   our own loader fetches the wasm       INCOMING_MODULE_JS_API; ENVIRONMENT=worker is the smallest glue
#   CSP without 'unsafe-eval'             DYNAMIC_EXECUTION=0
#   IDBFS keeps the small state           FORCE_FILESYSTEM, idbfs.js, EXPORTED_RUNTIME_METHODS
#   a failed allocation is an error code  ABORTING_MALLOC=0
#   the download is small                 MALLOC=emmalloc, wasm_abort.cpp, merge-functions, sink-common-insts, no copies of
#                                         loads (enable-pre), less inlining than -Oz does but for the smallest functions,
#                                         Binaryen twice more over flattened control flow
#   and compresses well                   dealign: all memory accesses give the same alignment hint, which browsers ignore
set(samara_memory_options
  -sALLOW_MEMORY_GROWTH -sINITIAL_MEMORY=4MB -sMAXIMUM_MEMORY=512MB -sSTACK_SIZE=256KB -sWASM_BIGINT
  CACHE INTERNAL "seen from tests/ too")

function(samara_wasm_module)
  add_executable(samara "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/wasm_abort.cpp") # the program is the abi library, taken whole
  samara_sdk_rules(samara)
  set_target_properties(samara PROPERTIES SUFFIX ".mjs")
  target_link_libraries(samara PRIVATE -Wl,--whole-archive samara_abi -Wl,--no-whole-archive)
  target_link_options(samara PRIVATE
    ${SAMARA_WASM_OPTIMIZE} -flto --no-entry --closure=0 ${samara_memory_options}
    -Wl,-mllvm,-enable-merge-functions -Wl,-mllvm,-sink-common-insts -Wl,-mllvm,-inline-threshold=-50 -Wl,-mllvm,-enable-pre=false
    -mbulk-memory -sBINARYEN_EXTRA_PASSES=--flatten,--rereloop,-Oz,--flatten,--rereloop,-Oz,-Oz,--dealign,--always-inline-max-function-size=4
    -sSTRICT -sMODULARIZE -sEXPORT_ES6 -sEXPORT_NAME=createSamara -sENVIRONMENT=${SAMARA_WASM_ENVIRONMENT}
    -sDYNAMIC_EXECUTION=0 -sABORTING_MALLOC=0 -sINCOMING_MODULE_JS_API=wasmBinary,instantiateWasm,locateFile
    -sMALLOC=emmalloc -sFORCE_FILESYSTEM=1 -sEXPORTED_RUNTIME_METHODS=FS,IDBFS -lidbfs.js)
endfunction()

# samara_wasm_test_options TARGET: a program for Node, with exceptions (doctest) and the real file system. Tests may
# count in 64 bits what is 32 bits wide here, so they are spared those two warnings; sdk/ is not.
function(samara_wasm_test_options target)
  target_compile_options(${target} PRIVATE -fwasm-exceptions -O1 -Wno-shorten-64-to-32 -Wno-sign-conversion)
  target_link_options(${target} PRIVATE
    -O1 --profiling-funcs -fwasm-exceptions ${samara_memory_options} -sSTACK_SIZE=1MB -sENVIRONMENT=node -sNODERAWFS -sEXIT_RUNTIME=1)
endfunction()

if(abi_type STREQUAL "STATIC_LIBRARY")
  samara_wasm_module()
endif()
