// Finds the functions of a C++, TypeScript or JavaScript source and their lengths in lines, by braces. Not a parser:
// right for formatted sources. A nested function or lambda counts as part of the outermost one.

/** Comments, strings, characters and regular expressions replaced by spaces, line breaks kept. */
export function stripLiterals(text, isCpp) {
  const pattern = isCpp
    ? /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^(\s]*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*/gm
    : /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`|(?<=(?:^|[=(,:[!&|?{;]|return|=>)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/[a-z]*/gm
  let result = ''
  let last = 0
  for (let match; (match = pattern.exec(text));) {
    const end = match[0] === '`' ? templateEnd(text, match.index) : match.index + match[0].length
    result += text.slice(last, match.index) + blank(text.slice(match.index, end))
    last = end
    pattern.lastIndex = end
  }
  return result + text.slice(last)
}

const blank = (part) => part.replace(/[^\n]/g, ' ')

/** The index after a template literal; its ${…} parts are blanked with it (they hold no whole functions). */
function templateEnd(text, start) {
  let depth = 0
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1
    else if (depth === 0 && text[i] === '`') return i + 1
    else if (text[i] === '$' && text[i + 1] === '{') { depth += 1; i += 1 }
    else if (depth > 0 && text[i] === '{') depth += 1
    else if (depth > 0 && text[i] === '}') depth -= 1
    else if (depth > 0 && text[i] === '`') i = templateEnd(text, i) - 1
  }
  return text.length
}

const CONTROL = /^(?:\}?\s*else\s+)?(?:if|for|while|switch|catch|do|else|try|with)\b/
const SCOPE = /\b(?:namespace|class|struct|enum|union|interface|extern)\b[^()=]*$/
const BODY = /(?:\)|=>)\s*(?:const\b|noexcept\b(?:\s*\([^{}]*\))?|override\b|final\b|mutable\b|constexpr\b|&&?|\s)*(?:->[^{}=;]*|:\s[^{}]*|requires\b[^{}]*)?$/

/** What a brace opens, from the text between it and the statement's start. */
function kindOf(head, isCpp) {
  const text = head.trim().replace(/\{\}/g, '()') // finished constructor initialisers: A() : b_{}, c_
  if (CONTROL.test(text)) return 'block'
  if (SCOPE.test(text) && !text.endsWith(')')) return 'scope'
  const initialiser = isCpp && /\)[^:]*[^:]:\s[^:]*[\w>]$/.test(text)
  if (BODY.test(text) && !initialiser) return 'function'
  return text === '' ? 'block' : 'value'
}

/** @returns {{name: string, line: number, lines: number}[]} outermost functions */
export function functionsOf(text, isCpp) {
  const source = stripLiterals(text, isCpp)
  const found = []
  const stack = []
  let head = ''
  let headLine = 1
  let line = 1
  for (const char of source) {
    if (char === '{') {
      stack.push({ kind: kindOf(head, isCpp), head, line: headLine })
      head = ''
    } else if (char === '}') {
      const open = stack.pop()
      if (open?.kind === 'function' && !stack.some((outer) => outer.kind === 'function')) {
        found.push({ name: nameOf(open.head), line: open.line, lines: line - open.line + 1 })
      }
      head = open?.kind === 'value' ? `${open.head}{}` : ''
      if (open?.kind === 'value') headLine = open.line
    } else if (endsStatement(char, head, isCpp)) head = ''
    else if (head !== '' || char.trim() !== '') {
      if (head === '') headLine = line
      head += char
    }
    if (char === '\n') line += 1
  }
  return found
}

/** A semicolon, or in JavaScript a line break after what does not ask to go on, outside of parentheses. */
function endsStatement(char, head, isCpp) {
  const ends = char === ';' || (!isCpp && char === '\n' && !/(?:[=,?:&|+]|=>)\s*$/.test(head))
  return ends && !inParentheses(head)
}

const inParentheses = (head) => head.split('(').length > head.split(')').length

function nameOf(head) {
  const before = head.split('(')[0].trim()
  return /([\w$~:<>#]+)\s*(?:=\s*(?:async)?)?$/.exec(before)?.[1] ?? '(anonymous)'
}
