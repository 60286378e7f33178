import { maxNoteLength, type ResponseNote } from './response-note.ts'

/** What can be odd about a response that is read all the same, as words for its note. */
const words = {
  lineEnds: 'lines that end in LF',
  linesBefore: 'empty lines before the head',
  statusLine: 'an odd status line',
  malformed: 'lines that are no fields',
  control: 'control characters in fields',
  folded: 'folded fields',
  long: 'a very long head',
  repeatedType: 'a repeated Content-Type',
  lengths: 'a repeated Content-Length',
  length: 'an unusable Content-Length',
  tab: 'tabs in framing fields',
  both: 'a Content-Length beside chunks',
  codings: 'an odd Transfer-Encoding',
  needless: 'the framing of a body that there is not',
  interim: 'an informational response that closes',
  chunkLines: 'odd chunk lines',
  chunkEnd: 'no end behind the last chunk',
  trailer: 'an odd trailer',
} as const

export type Oddity = keyof typeof words

const before = 'The origin sent '
const after = '.'
const more = ' and more'

/** The note of a response with these oddities; null without any. */
export function oddityNote(oddities: ReadonlySet<Oddity>): ResponseNote | null {
  const [first, ...others] = [...oddities].map((oddity) => words[oddity])
  if (first === undefined) return null
  let list: string = first
  for (const [n, next] of others.entries()) {
    const isLast = n === others.length - 1
    const longer = `${list}${isLast ? ' and ' : ', '}${next}`
    const room = maxNoteLength - before.length - after.length - (isLast ? 0 : more.length)
    if (longer.length > room) {
      list += more
      break
    }
    list = longer
  }
  return { code: 'lenient_head', detail: `${before}${list}${after}` }
}
