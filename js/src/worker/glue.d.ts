// Owns: the type of the glue that js/glue.mjs makes of Emscripten's, and build.mjs bundles into the worker.
declare module 'samara-glue' {
  const create: (instantiate: (imports: WebAssembly.Imports) => Promise<WebAssembly.Exports>) => Promise<import('./wasm').Loaded>
  export default create
}
