export interface DispositionParameter {
  /** Lower case. */
  name: string
  value: string
}

/**
 * The parameters of a Content-Disposition as browsers split them: at semicolons outside quotes. An unquoted value goes to the next
 * semicolon, spaces and all; quotes that are never closed go to the end; what follows closed ones is skipped. A header without a
 * disposition type is read as well. Takes linear time, and throws nothing.
 */
export function dispositionParameters(header: string): DispositionParameter[] {
  const found: DispositionParameter[] = []
  for (let at = 0; at < header.length; ) {
    const nameEnd = endOf(header, at, ';=')
    if (header[nameEnd] !== '=') {
      // The disposition type, or a word.
      at = nameEnd + 1
      continue
    }
    const name = header.slice(at, nameEnd).trim().toLowerCase()
    let from = nameEnd + 1
    while (header[from] === ' ' || header[from] === '\t') from++
    const { value, end } = header[from] === '"' ? quoted(header, from + 1) : unquoted(header, from)
    found.push({ name, value })
    at = endOf(header, end, ';') + 1
  }
  return found
}

/** `end` is behind the closing quote. */
function quoted(header: string, from: number): { value: string; end: number } {
  let value = ''
  let at = from
  for (; at < header.length && header[at] !== '"'; at++) {
    if (header[at] === '\\' && at + 1 < header.length) at++
    value += header[at]
  }
  const raw = header.slice(from, at)
  // A path of Windows in which nothing was escaped.
  return { value: /^[a-z]:\\/i.test(raw) ? raw : value, end: at + 1 }
}

function unquoted(header: string, from: number): { value: string; end: number } {
  const end = endOf(header, from, ';')
  // Two fields were joined with a comma.
  const value = header.slice(from, end).replace(/, ?(?:attachment|inline) ?$/i, '')
  return { value: value.trim(), end }
}

/** The index of the first of `stops` from `at` on, or the length. */
function endOf(text: string, at: number, stops: string): number {
  let end = at
  while (end < text.length && !stops.includes(text[end]!)) end++
  return end
}
