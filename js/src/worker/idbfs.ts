// Owns: the entry of what only stores of IDBFS need: fetched on demand (opening.ts).
import createFiles from 'samara-idbfs'
import { IdbfsStore } from '../store/idbfs'

/** A store over one mount point, in a file system of its own. */
export const create = (mount: string): IdbfsStore => new IdbfsStore(createFiles(), mount)
