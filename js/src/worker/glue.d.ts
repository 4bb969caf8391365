// Owns: the types of the modules that js/glue.mjs makes of Emscripten's glue, and build.mjs bundles.
declare module 'samara-glue' {
  const create: (instantiate: (imports: WebAssembly.Imports) => Promise<WebAssembly.Exports>) => Promise<import('./engine').Engine>
  export default create
}
declare module 'samara-idbfs' {
  const create: () => import('../store/idbfs').EmscriptenFiles
  export default create
}
