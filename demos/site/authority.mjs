// The certificates of `--lan`: an authority for one address of this computer, and the server's certificate signed by it.
// The authority can speak for that address and this computer's .local name only, whoever holds its key. Made by openssl,
// kept in a folder that only this user can read. Knows no server and no network.
import { execFile } from 'node:child_process'
import { randomBytes, X509Certificate } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const AUTHORITY_DAYS = 365
const LEAF_DAYS = 397 // the most that browsers take from public authorities; ours ends with its authority
const RENEW_BEFORE_DAYS = 14
const DAY_MS = 86_400_000
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

const run = promisify(execFile)

async function openssl(folder, ...args) {
  try {
    await run('openssl', args, { cwd: folder })
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error('--lan needs openssl to make its certificate: please install it')
    throw new Error(`openssl ${args[0]} failed: ${String(error.stderr || error.message).trim()}`)
  }
}

const serial = () => `0x${(randomBytes(1)[0] & 0x7f | 0x40).toString(16)}${randomBytes(15).toString('hex')}`

/** Without a permitted name every name would be permitted: a reserved one (RFC 2606) stands for none. */
const permittedName = (name = 'none.invalid') => `, permitted;DNS:${name}\n`

/** What the authority may speak for. Critical: who does not understand it must refuse. */
const authoritySettings = (address, name) => `[req]
distinguished_name = subject
x509_extensions = authority
string_mask = utf8only
prompt = no
[subject]
CN = Samara demo on ${address}
O = Voice memos on this network
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
nameConstraints = critical, permitted;IP:${address}/255.255.255.255${permittedName(name)}`

const leafSettings = (address, name) => `[req]
distinguished_name = subject
string_mask = utf8only
prompt = no
[subject]
CN = Samara demo server
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:${address}${name ? `, DNS:${name}` : ''}
`

async function makeAuthority(folder, address, name) {
  await writeFile(join(folder, 'authority.cnf'), authoritySettings(address, name))
  await openssl(folder, 'req', '-x509', '-new', ...NEW_KEY, '-config', 'authority.cnf', '-sha256', '-days', String(AUTHORITY_DAYS),
    '-set_serial', serial(), '-keyout', 'authority.key', '-out', 'authority.crt')
  await chmod(join(folder, 'authority.key'), 0o600)
}

async function makeLeaf(folder, address, name, authority) {
  const daysLeft = Math.floor((Date.parse(authority.validTo) - Date.now()) / DAY_MS)
  await writeFile(join(folder, 'server.cnf'), leafSettings(address, name))
  await openssl(folder, 'req', '-new', ...NEW_KEY, '-config', 'server.cnf', '-keyout', 'server.key', '-out', 'server.csr')
  await openssl(folder, 'x509', '-req', '-in', 'server.csr', '-CA', 'authority.crt', '-CAkey', 'authority.key', '-sha256',
    '-set_serial', serial(), '-days', String(Math.min(LEAF_DAYS, Math.max(1, daysLeft))), '-extfile', 'server.cnf', '-extensions', 'server', '-out', 'server.crt')
  await chmod(join(folder, 'server.key'), 0o600)
}

async function readCertificate(file) {
  try {
    return new X509Certificate(await readFile(file))
  } catch {
    return undefined // not there, or not one
  }
}

const lastsOn = (certificate) => Date.parse(certificate.validTo) - Date.now() > RENEW_BEFORE_DAYS * DAY_MS

/** The name is part of what the authority may speak for: under another one, a new authority is made. */
const namesFit = (certificate, address, name) =>
  Boolean(certificate.checkIP(address)) && (!name || Boolean(certificate.checkHost(name)))

async function readLeaf(folder, authority, address, name) {
  const leaf = await readCertificate(join(folder, 'server.crt'))
  return leaf && lastsOn(leaf) && namesFit(leaf, address, name) && leaf.verify(authority.publicKey) ? leaf : undefined
}

/** Everything of one address is made in a folder beside and put in place at once: never half of it is there. */
async function replaceFolder(folder, parent, fill) {
  const fresh = await mkdtemp(join(parent, '.new-'))
  try {
    await fill(fresh)
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/**
 * The certificates for an address: those of an earlier time while they hold, else new ones.
 * @param {{parent: string, address: string, name?: string}} options name: this computer's .local name
 * @returns {Promise<{isNew: boolean, file: string, der: Buffer, fingerprint: string, validTo: Date, key: Buffer, cert: Buffer}>}
 *   file: the authority as PEM; fingerprint: its SHA-256, in pairs; key and cert: the server's, with the authority behind
 */
export async function certificatesFor({ parent, address, name }) {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  await chmod(parent, 0o700)
  const folder = join(parent, address)
  const file = join(folder, 'authority.crt')
  let authority = await readCertificate(file)
  const isNew = !authority || !lastsOn(authority) || !(await speaksFor(folder, name))
  if (isNew) {
    await replaceFolder(folder, parent, async (fresh) => {
      await makeAuthority(fresh, address, name)
      await makeLeaf(fresh, address, name, await readCertificate(join(fresh, 'authority.crt')))
    })
    authority = await readCertificate(file)
  } else if (!(await readLeaf(folder, authority, address, name))) {
    await makeLeaf(folder, address, name, authority)
  }
  const leaf = await readFile(join(folder, 'server.crt'))
  return {
    isNew, file, der: authority.raw, fingerprint: authority.fingerprint256, validTo: new Date(authority.validTo),
    key: await readFile(join(folder, 'server.key')), cert: Buffer.concat([leaf, await readFile(file)]),
  }
}

/** Whether the authority was made for this name: what it was made from is kept beside it. */
async function speaksFor(folder, name) {
  const settings = await readFile(join(folder, 'authority.cnf'), 'utf8').catch(() => '')
  return settings.includes(permittedName(name))
}
