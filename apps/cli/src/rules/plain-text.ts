/**
 * The text without what would steer a terminal: names and errors come from servers that nobody vouches for. Line breaks, tabs and the
 * colours of this program stay.
 */
export function plainText(text: string): string {
  return text.replaceAll(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, (character, at: number) => {
    if (character === '\n' || character === '\t') return character
    const isColour = character === '\u001b' && /^\[(0|1|2|3[1-6])m/.test(text.slice(at + 1, at + 5))
    return isColour ? character : '\uFFFD'
  })
}

/** What somebody else has written, in one line and without any colour: it could not be seen where the text of this program goes on. */
export function oneLine(text: string): string {
  return plainText(text.replaceAll('\u001b', '\uFFFD')).replaceAll(/\s+/g, ' ').trim()
}

/** JSON that steers no terminal either: `JSON.stringify` leaves DEL, the upper control characters and the marks of direction as they are. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The text in so many columns, with an ellipsis where it was cut. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    used += columnsOf(character)
    if (used > columns - 1) break
    kept += character
  }
  return columns < 1 ? '' : `${kept}…`
}

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
const narrow = /\p{Mn}|\p{Me}|\p{Cf}/u

/** The columns that a terminal needs for the text: two for a character of East Asia or an emoji, none for an accent behind its letter. */
export function columnsOf(text: string): number {
  if (/^[ -~…]*$/.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += narrow.test(character) ? 0 : wide.test(character) ? 2 : 1
  return columns
}
