// Form of the sources: lengths of functions and files with their distribution, opening comments, and nothing in the
// tree that belongs to one machine (paths, registry hosts). What is written where is layering.mjs's business.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { functionsOf } from './function_lengths.mjs'
import { listSources } from './sources.mjs'

const MAX_FUNCTION_LINES = 70 // a function fits a screen
const MAX_FILE_LINES = 400 // 100–300 is what we aim at

/** A file with this text in its first 10 lines is a table or generated: its length is listed, not judged. */
const EXEMPT_MARK = /style: (table|generated)/

const MEASURED = [
  ['sdk', /^sdk\/.*\.(cpp|hpp|h)$/],
  ['js', /^js\/src\/.*\.(ts|js|mjs)$/],
  ['demos', /^demos\/.*\.(ts|js|mjs)$/],
]
const NEEDS_COMMENT = /\.(cpp|hpp|h|c|def|ts|mts|js|mjs|css|cmake|sh)$|(^|\/)CMakeLists\.txt$|^run$|^\.ci\//
const MACHINE_PATH = /(?<![\w.*$}])\/(?:wor[k]|hom[e]|User[s]|roo[t])\/[\w.-]+/

/** Host names of the registries this machine uses, asked at run time so that they are written nowhere. */
function registryHosts() {
  const answers = [
    run('npm', ['config', 'get', 'registry']),
    run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']),
  ]
  const hosts = answers.join('\n').match(/(?<=:\/\/)[^/\s:@]+(?=[/:\s]|$)/g) ?? []
  return [...new Set(hosts)].filter((host) => host !== 'localhost' && !/^[\d.]+$/.test(host))
}

function run(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

/** One file's failures, and what it adds to the distribution. */
function checkFile(file, text, hosts) {
  const failures = []
  const lines = text.split('\n')
  const fail = (line, what) => failures.push(`${file}:${line}: ${what}`)
  if (NEEDS_COMMENT.test(file) && !hasOpeningComment(lines)) fail(1, 'no opening comment (what it owns)')
  lines.forEach((row, index) => {
    if (MACHINE_PATH.test(row)) fail(index + 1, 'a path of one machine')
    if (hosts.some((host) => row.includes(host))) fail(index + 1, 'the host of a package registry')
  })
  if (basename(file) === 'package-lock.json' && /"resolved": "http/.test(text)) fail(1, 'a registry URL in a lock file')
  return failures
}

function hasOpeningComment(lines) {
  const first = lines.find((row) => row.trim() !== '' && !row.startsWith('#!') && !/^#pragma/.test(row)) ?? ''
  return /^\s*(\/\/|\/\*|# |<!--)/.test(first)
}

/** Lengths in one file: {lines, functions, exempt} and failures. */
function measure(file, text) {
  const lines = text.trimEnd().split('\n').length
  const functions = functionsOf(text, /\.(cpp|hpp|h)$/.test(file))
  const exempt = EXEMPT_MARK.test(text.split('\n', 10).join('\n'))
  const failures = functions.filter((one) => one.lines > MAX_FUNCTION_LINES)
    .map((one) => `${file}:${one.line}: ${one.name} has ${one.lines} lines, the limit is ${MAX_FUNCTION_LINES}`)
  if (lines > MAX_FILE_LINES && !exempt) failures.push(`${file}:1: ${lines} lines, the limit is ${MAX_FILE_LINES}`)
  return { lines, functions, exempt, failures }
}

function distribution(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const [median, p90, max] = [at(0.5), at(0.9), at(1)].map((value) => String(value).padStart(4))
  return `${String(values.length).padStart(5)}   median ${median}   p90 ${p90}   max ${max}`
}

function report(groups) {
  for (const [name, measured] of groups) {
    if (measured.length === 0) continue
    const functions = measured.flatMap((one) => one.functions.map((each) => each.lines))
    console.log(`${name.padEnd(6)} files     ${distribution(measured.map((one) => one.lines))}`)
    console.log(`${name.padEnd(6)} functions ${distribution(functions)}`)
    const exempt = measured.filter((one) => one.exempt)
    if (exempt.length > 0) console.log(`${name.padEnd(6)} exempt    ${exempt.map((one) => one.file).join(' ')}`)
  }
}

/** The scanner and the checks, proved on made-up sources. */
function selfTest() {
  const long = 'x;\n'.repeat(80)
  const names = (text, isCpp) => functionsOf(text, isCpp).map((one) => `${one.name} ${one.lines}`).join(', ')
  const cases = [
    [names('namespace a {\nint f(int x) noexcept {\n  if (x) {\n  }\n  return 1;\n}\n}', true), 'f 5'],
    [names('A::A(int b)\n    : b_{b}, c_(1) {\n  g({1, 2});\n}\nconst T t = {1};', true), 'A::A 4'],
    [names('auto f() -> std::optional<int> {\n  auto g = [&](int) {\n  };\n  return R"({)"[0];\n}', true), 'f 5'],
    [names('struct S {\n  int a{};\n  bool ok() const { return a > 1\'000; }\n};', true), 'ok 1'],
    [names('const f = async (a) => {\n  return `{${a}`\n}\nconst o = { a: 1 }', false), 'f 3'],
    [names('class A {\n  b(x: string): void {\n    x.replace(/[{]/g, "")\n  }\n}', false), 'b 3'],
    [String(measure('sdk/a.cpp', `void f() {\n${long}}\n`).failures.length), '1'],
    [String(measure('sdk/a.cpp', long.repeat(6)).failures.length), '1'],
    [String(measure('sdk/a.cpp', `// style: table\n${long.repeat(6)}`).failures.length), '0'],
    [String(checkFile('a.ts', 'const a = 1', []).length), '1'],
    [String(checkFile('a.md', `see ${['', 'home', 'me', 'x'].join('/')}`, []).length), '1'],
    [String(checkFile('a.md', 'get it from packages.example', ['packages.example']).length), '1'],
    [String(checkFile('js/package-lock.json', '"resolved": "https://x/y"', []).length), '1'],
  ]
  const failed = cases.filter(([found, expected]) => found !== expected)
  for (const [found, expected] of failed) console.log(`self-test: expected ${expected}, found ${found}`)
  return [cases.length - failed.length, failed.length]
}

const root = normalize(join(dirname(fileURLToPath(import.meta.url)), '..'))
const hosts = registryHosts()
const groups = new Map(MEASURED.map(([name]) => [name, []]))
const [passed, selfFailed] = selfTest()
const failures = []
for (const file of listSources(root)) {
  const text = readFileSync(join(root, file), 'utf8')
  if (text.includes('\0')) continue
  failures.push(...checkFile(file, text, hosts))
  const group = MEASURED.find(([, pattern]) => pattern.test(file))
  if (!group) continue
  const measured = measure(file, text)
  groups.get(group[0]).push({ file, ...measured })
  failures.push(...measured.failures)
}
report(groups)
for (const failure of failures) console.log(failure)
const failed = selfFailed + failures.length
console.log(`${passed + (failures.length ? 0 : 1)} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
