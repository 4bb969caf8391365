// Owns: loading samara.wasm: compiled while it arrives, instantiated through the glue (js/glue.mjs).
import createGlue from 'samara-glue'
import type { Engine } from './engine'

/** Compiles while the bytes arrive; a server that does not say application/wasm costs only time. */
export async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${response.status} for samara.wasm`)
  try {
    return await WebAssembly.compileStreaming(response.clone())
  } catch {
    return WebAssembly.compile(await response.arrayBuffer())
  }
}

/** A fresh engine instance. */
export const instantiate = (compiled: WebAssembly.Module): Promise<Engine> =>
  createGlue(async (imports) => (await WebAssembly.instantiate(compiled, imports)).exports)
