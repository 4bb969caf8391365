// Owns: the type of Emscripten's glue, which build.mjs finds in build/wasm and bundles into the worker.
declare module 'samara-glue' {
  const create: (module: {
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void): object
  }) => Promise<Record<string, unknown>>
  export default create
}
