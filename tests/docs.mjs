// The documentation against the code: every limit with its value, every error and reason code, every test and file that
// a page names, every link. Prints what is wrong, then "N passed, N failed". Each kind of mistake is first proved to be found.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const read = (path) => readFileSync(join(ROOT, path), 'utf8')

// ---- Reading the code -----------------------------------------------------------------------------------------------

/** Name → value of `const NAME = arithmetic`, where an expression may use earlier names. */
function constantsIn(text, pattern) {
  const values = new Map()
  for (const [, name, expression] of text.matchAll(pattern)) {
    const plain = expression.replace(/(?<=\d)['_](?=\d)/g, '').replace(/(?<=\d)U?L*L?\b/gi, '')
    const filled = plain.replace(/\b[a-z_][a-z_0-9]*\b/gi, (word) => values.get(word) ?? 'NaN')
    if (/^[\d\s+*/()-]+$/.test(filled)) values.set(name, Math.floor(Function(`return ${filled}`)()))
  }
  return values
}
const cppConstants = (text) => constantsIn(text, /constexpr std::uint\d+_t (\w+) = ([^;]+);/g)
const jsConstants = (text) => constantsIn(text, /^const ([A-Z][A-Z_0-9]*) = ([\d\s_*+()-]+)/gm)

/** The spellings of SAMARA_ERROR_CODES. */
const errorCodes = (text) => [...text.matchAll(/^\s*X\(\w+, "([^"]+)"\)/gm)].map((match) => match[1])
/** The strings of a TypeScript union of literals. */
const unionOf = (text, name) => [...(new RegExp(`type ${name} =([^\\n]*(?:\\n\\s*\\|[^\\n]*)*)`).exec(text)?.[1] ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1])

// ---- Reading the pages ----------------------------------------------------------------------------------------------

/** The tables of a page: under each heading the rows, as cells; rows of one table only below one heading. */
function rowsUnder(page) {
  const sections = new Map()
  let heading = ''
  for (const line of page.split('\n')) {
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '')
    if (!line.startsWith('| `')) continue
    const cells = line.split('|').slice(1, -1).map((cell) => cell.trim())
    sections.set(heading, [...(sections.get(heading) ?? []), cells])
  }
  return sections
}
const nameIn = (cell) => /^`([^`]+)`/.exec(cell)?.[1] ?? cell
const numberIn = (cell) => Number(/^[\d ]+/.exec(cell)?.[0].replaceAll(' ', '') || NaN)

/** `file` "case name" pairs: files relative to tests/. */
const testsNamed = (page) => [...page.matchAll(/`((?:[\w-]+\/)+[\w.-]+)` "([^"]+)"/g)].map(([, file, name]) => ({ file, name }))
/** Files of the repository that a page names in code spans. */
const filesNamed = (page) => [...page.matchAll(/`((?:sdk|js|tests|docs|demos|\.ci)\/[\w./-]*\w\.[a-z]{1,5})`(?! ")/g)].map((match) => match[1])
/** Relative link targets, without those inside code. */
function linksIn(page) {
  const prose = page.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]).filter((target) => !/^[a-z]+:/.test(target))
}
const anchorsIn = (page) => page.split('\n').filter((line) => /^#+ /.test(line))
  .map((line) => line.replace(/^#+ /, '').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-'))

// ---- Comparing: each gives a list of what is wrong, and how many things it looked at -----------------------------------

function compareValues(what, documented, actual) {
  const wrong = []
  for (const [name, value] of actual) {
    if (!documented.has(name)) wrong.push(`${what}: ${name} is not documented`)
    else if (documented.get(name) !== value) wrong.push(`${what}: ${name} is ${value}, documented as ${documented.get(name)}`)
  }
  for (const name of documented.keys()) if (!actual.has(name)) wrong.push(`${what}: ${name} is documented and does not exist`)
  return { looked: actual.size, wrong }
}

function compareCodes(what, documented, actual) {
  const wrong = [
    ...actual.filter((code) => !documented.includes(code)).map((code) => `${what}: ${code} is not documented`),
    ...documented.filter((code) => !actual.includes(code)).map((code) => `${what}: ${code} is documented and does not exist`),
    ...documented.filter((code, i) => documented.indexOf(code) !== i).map((code) => `${what}: ${code} is documented twice`),
  ]
  return { looked: actual.length, wrong }
}

/** Names that a test file gives its cases: as doctest and our runners write them. Quotes inside are unescaped. */
function caseNames(text) {
  const literals = text.matchAll(/\b(?:TEST_CASE|TEST_CASE_FIXTURE|test|it)\s*\(\s*(?:\w+,\s*)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)/g)
  return [...literals].map((match) => (match[1] ?? match[2] ?? match[3]).replace(/\\(.)/g, '$1'))
}

function compareTests(page, named, textOf) {
  const wrong = []
  for (const { file, name } of named) {
    const text = textOf(`tests/${file}`)
    if (text === undefined) wrong.push(`${page}: tests/${file} does not exist`)
    else if (!caseNames(text).includes(name)) wrong.push(`${page}: tests/${file} has no case "${name}"`)
  }
  return { looked: named.length, wrong }
}

function compareLinks(page, targets, textOf, exists) {
  const wrong = []
  for (const target of targets) {
    const [path, anchor] = target.split('#')
    const file = path ? normalize(join(dirname(page), path)) : page
    if (!exists(file)) wrong.push(`${page}: ${target} leads nowhere`)
    else if (anchor && !anchorsIn(textOf(file)).includes(anchor)) wrong.push(`${page}: ${target} has no such heading`)
  }
  return { looked: targets.length, wrong }
}

// ---- What is compared -------------------------------------------------------------------------------------------------

const exists = (path) => existsSync(join(ROOT, path))
const textOf = (path) => (exists(path) ? read(path) : undefined)

function limits() {
  const sections = rowsUnder(read('docs/limits.md'))
  const host = sections.get('The host') ?? []
  const engine = [...sections].filter(([heading]) => heading !== 'The host').flatMap(([, rows]) => rows)
  const documented = new Map(engine.map((cells) => [nameIn(cells[0]), numberIn(cells[1])]))
  const results = [compareValues('docs/limits.md', documented, cppConstants(read('sdk/include/samara/config.hpp')))]
  for (const cells of host) {
    const [name, file, value] = [nameIn(cells[0]), nameIn(cells[1]), numberIn(cells[2])]
    const actual = jsConstants(textOf(file) ?? '').get(name)
    results.push({ looked: 1, wrong: actual === value ? [] : [`docs/limits.md: ${name} of ${file} is ${actual}, documented as ${value}`] })
  }
  return results
}

function codes() {
  const sections = rowsUnder(read('docs/errors.md'))
  const documented = (heading) => (sections.get(heading) ?? []).map((cells) => nameIn(cells[0]))
  const types = read('js/src/api.ts')
  const publicCodes = unionOf(types, 'ErrorCode')
  const internal = errorCodes(read('sdk/include/samara/error.hpp')).filter((code) => !publicCodes.includes(code))
  return [
    compareCodes('docs/errors.md, error codes', documented('Error codes'), publicCodes),
    compareCodes('docs/errors.md, reasons', documented('Reasons'), unionOf(types, 'ReasonCode')),
    compareCodes('docs/errors.md, internal codes', documented('Internal codes'), internal),
  ]
}

function pages() {
  const results = []
  for (const page of [...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`), 'README.md']) {
    const text = read(page)
    // What the build makes is not in a fresh clone.
    const files = [...new Set(filesNamed(text))].filter((file) => !file.startsWith('js/dist/') && !file.startsWith('build/'))
    results.push(compareTests(page, testsNamed(text), textOf), compareLinks(page, linksIn(text), textOf, exists))
    results.push({ looked: files.length, wrong: files.filter((file) => !exists(file)).map((file) => `${page}: ${file} does not exist`) })
  }
  return results
}

// ---- Self-test: made-up code and pages with one mistake each ----------------------------------------------------------

function selfTest() {
  const found = []
  const expect = (what, { wrong }, count = 1) => {
    if (wrong.length !== count) found.push(`self-test: ${what}: ${JSON.stringify(wrong)}`)
  }
  const code = cppConstants("inline constexpr std::uint32_t a_max = 4 * 1'024;  // why\ninline constexpr std::uint64_t b = 64ULL * a_max;\ninline constexpr std::uint32_t c = (a_max + 7) / 8;")
  const page = (rows) => new Map([...rowsUnder(`## x\n${rows.map((row) => `| ${row} |`).join('\n')}`)].flatMap(([, all]) => all.map((cells) => [nameIn(cells[0]), numberIn(cells[1])])))
  expect('right values', compareValues('', page(['`a_max` | 4 096 bytes', '`b` | 262 144', '`c` | 512']), code), 0)
  expect('a wrong value', compareValues('', page(['`a_max` | 4 097 bytes', '`b` | 262 144', '`c` | 512']), code))
  expect('a missing limit', compareValues('', page(['`a_max` | 4 096', '`c` | 512']), code))
  expect('a limit too many', compareValues('', page(['`a_max` | 4 096', '`b` | 262 144', '`c` | 512', '`d` | 1']), code))
  const spelled = errorCodes('  X(ok, "ok")   \\\n  /* wire */ \\\n  X(frame_late, "frame-late") \\\n')
  expect('right codes', compareCodes('', ['ok', 'frame-late'], spelled), 0)
  expect('a missing code', compareCodes('', ['ok'], spelled))
  expect('a code too many', compareCodes('', ['ok', 'frame-late', 'x'], spelled))
  expect('a union', compareCodes('', ['a', 'b-c'], unionOf("export type E = 'a' | 'b-c'\nexport type F = 'd'", 'E')), 0)
  const tests = { 'tests/unit/a_test.cpp': 'TEST_CASE("one: 1") {}\nTEST_CASE_FIXTURE(F, "two") {}', 'tests/js/b.test.mjs': "test('it\\'s', () => {})" }
  const named = (text) => compareTests('', testsNamed(text), (path) => tests[path])
  expect('right tests', named('`unit/a_test.cpp` "one: 1"; `unit/a_test.cpp` "two"; `js/b.test.mjs` "it\'s"'), 0)
  expect('a renamed case', named('`unit/a_test.cpp` "one"'))
  expect('a missing file', named('`unit/c_test.cpp` "one"'))
  const tree = { 'docs/a.md': '# A b\n## C, d!', 'docs/b.md': '' }
  const linked = (text) => compareLinks('docs/b.md', linksIn(text), (path) => tree[path], (path) => path in tree)
  expect('right links', linked('[x](a.md) [y](a.md#c-d) [z](https://example.org) `[n](none)`'), 0)
  expect('a dead link', linked('[x](c.md)'))
  expect('a dead anchor', linked('[x](a.md#e)'))
  return { looked: 14, wrong: found }
}

const results = [selfTest(), ...limits(), ...codes(), ...pages()]
const wrong = results.flatMap((result) => result.wrong)
const looked = results.reduce((sum, result) => sum + result.looked, 0)
for (const line of wrong) console.log(line)
console.log(`${Math.max(0, looked - wrong.length)} passed, ${wrong.length} failed`)
process.exit(wrong.length ? 1 : 0)
