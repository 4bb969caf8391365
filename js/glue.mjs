// Owns: cutting Emscripten's glue down to what the worker uses. The store makes, reads and removes plain files in one
// IDBFS mount: terminals, devices, links, mapping, lazy and preloaded files and autoPersist (which loses data) go, and
// so does the built-in loader, because ours fetches the wasm. What nothing refers to any more goes with them.
import ts from 'typescript'

/** Members of the glue's objects that nothing here calls. */
const UNUSED = {
  FS: `createLazyFile forceLoadFile createDevice createDataFile createFile createPath analyzePath findObject mmap msync
    allocate ioctl readFile chdir rename symlink readlink ftruncate chown lchown fchown lchmod fchmod lstat dupStream llseek
    read getMounts syncfs unmount mkdev registerDevice chrdev_stream_ops flagsToPermissionString`,
  MEMFS: 'allocate mmap msync read rename symlink readlink llseek',
  IDBFS: 'queuePersist quit',
  PATH_FS: 'relative',
}
/** Members that are called but have nothing to do for us. */
const EMPTY = { FS: 'createDefaultDevices createSpecialDirectories createStandardStreams quit' }
const REPLACED = { IDBFS: { mount: 'mount:(mount)=>MEMFS.mount(mount)' } }

const words = (list) => new Set((list ?? '').split(/\s+/))

/** The function that is the module: the one whose body declares the most. */
function moduleBody(source) {
  let best
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body?.statements && node.body.statements.length > (best?.statements.length ?? 0)) best = node.body
    ts.forEachChild(node, visit)
  }
  visit(source)
  return best
}

/** The text of a node with edits made: edits are [start, end, text] in the coordinates of the file. */
function edited(code, edits) {
  let text = ''
  let at = 0
  for (const [start, end, replacement] of edits.sort((a, b) => a[0] - b[0])) {
    if (start < at) continue
    text += code.slice(at, start) + replacement
    at = end
  }
  return text + code.slice(at)
}

function cutMembers(object, name, edits, withoutFiles) {
  for (const member of object.properties) {
    const key = member.name?.getText()
    const range = [member.getStart(), member.getEnd()]
    if (REPLACED[name]?.[key]) edits.push([...range, REPLACED[name][key]])
    else if (words(EMPTY[name]).has(key)) edits.push([...range, `${key}(){}`])
    else if (words(UNUSED[name]).has(key)) edits.push([...range, `${key}:0`])
    else if (name === 'MEMFS' && member.initializer && ts.isObjectLiteralExpression(member.initializer)) cutMembers(member.initializer, name, edits, withoutFiles)
  }
}

/** First round: members, exports of the file system, and the loader behind `instantiateWasm`. */
function cutKnown(code, withoutFiles) {
  const source = ts.createSourceFile('glue.js', code, ts.ScriptTarget.ES2022, true)
  const edits = []
  for (const statement of moduleBody(source).statements) {
    const text = statement.getText()
    const dead = /^Module\["(FS_\w+|\w+RunDependency)"\]\s*=|^FS\.createPreloadedFile/.test(text) || (withoutFiles && /^(Module\["(FS|IDBFS)"\]|FS\.)/.test(text))
    if (dead) edits.push([statement.getStart(), statement.getEnd(), ''])
    else if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (initializer && ts.isObjectLiteralExpression(initializer)) cutMembers(initializer, name.getText(), edits, withoutFiles)
      }
    } else if (ts.isFunctionDeclaration(statement) && statement.name?.text === 'createWasm') {
      const after = statement.body.statements.findIndex((inner) => inner.getText().startsWith('if(Module["instantiateWasm"])') || inner.getText().startsWith('if (Module["instantiateWasm"])'))
      const rest = after < 0 ? [] : statement.body.statements.slice(after + 1)
      if (rest.length) edits.push([rest[0].getStart(), rest.at(-1).getEnd(), ''])
    } else if (ts.isFunctionDeclaration(statement) && statement.name?.text === 'initRuntime') {
      for (const inner of statement.body.statements) if ((withoutFiles ? /\b(FS|TTY)\b/ : /\bTTY\b/).test(inner.getText())) edits.push([inner.getStart(), inner.getEnd(), ''])
    }
  }
  return edited(code, edits)
}

/** Names that are used as values in a node; what stands after a dot or before a colon is no use. */
function uses(node) {
  const names = new Set()
  const visit = (inner) => {
    const { parent } = inner
    const isMember = (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) && parent.name === inner
    if (ts.isIdentifier(inner) && !isMember) names.add(inner.text)
    ts.forEachChild(inner, visit)
  }
  visit(node)
  return names
}

const isInert = (initializer) => !initializer || ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer) || ts.isObjectLiteralExpression(initializer) || ts.isArrayLiteralExpression(initializer) || ts.isStringLiteral(initializer) || ts.isPropertyAccessExpression(initializer) || ts.isConditionalExpression(initializer)

/** Second round: declarations that nothing which stays refers to, however they refer to one another. */
function cutUnreachable(code) {
  const source = ts.createSourceFile('glue.js', code, ts.ScriptTarget.ES2022, true)
  const declared = new Map()
  const live = new Set()
  for (const statement of moduleBody(source).statements) {
    const [declaration, another] = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]
    const isCandidate = !another && declaration.name && (ts.isFunctionDeclaration(declaration) || (ts.isVariableDeclaration(declaration) && isInert(declaration.initializer)))
    if (isCandidate) declared.set(declaration.name.text, statement)
    else for (const name of uses(statement)) live.add(name)
  }
  for (const name of live) for (const next of declared.has(name) ? uses(declared.get(name)) : []) live.add(next)
  const edits = []
  for (const [name, statement] of declared) if (!live.has(name)) edits.push([statement.getStart(), statement.getEnd(), ''])
  return edited(code, edits)
}

/** `withoutFiles`: for the size report, what the glue would be without a file system. */
export function trimGlue(code, { withoutFiles = false } = {}) {
  const cut = cutUnreachable(cutKnown(code, withoutFiles))
  return cut.replace(/new URL\(\s*["']samara\.wasm["']\s*,\s*import\.meta\.url\s*\)\.href/g, '""')
}
