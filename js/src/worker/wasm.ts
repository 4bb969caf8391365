// Owns: loading samara.wasm: compiled while it arrives, instantiated through Emscripten's glue, which brings the file system.
import createGlue from 'samara-glue'
import type { EmscriptenFiles } from '../store/idbfs'
import type { Engine } from './engine'

export interface Loaded { engine: Engine; files: EmscriptenFiles }

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

/** A fresh engine instance with its file system. */
export async function instantiate(compiled: WebAssembly.Module): Promise<Loaded> {
  let raw!: WebAssembly.Exports
  let fail!: (error: unknown) => void
  const failed = new Promise<never>((_, reject) => (fail = reject))
  const starting = createGlue({
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(compiled, imports).then((instance) => {
        raw = instance.exports
        done(instance, compiled)
      }, fail)
      return {}
    },
  })
  const glue = await Promise.race([starting, failed])
  // Emscripten may shorten the names of exports; then its glue has them under their own.
  const call = (name: string) => (raw[`samara_${name}`] ?? glue[`_samara_${name}`]) as (...numbers: number[]) => number
  const memory = Object.values(raw).find((value) => value instanceof WebAssembly.Memory)!
  return {
    files: glue as unknown as EmscriptenFiles,
    engine: {
      memory,
      create: call('create'),
      reserve: call('reserve'),
      handle: call('handle'),
      records: call('records'),
      deadlineUs: call('deadline_us'),
      inspect: call('inspect'),
      sha1: call('sha1'),
    },
  }
}
