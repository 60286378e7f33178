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
  const characters = [...text]
  if (characters.length <= columns) return text
  return columns < 1 ? '' : `${characters.slice(0, columns - 1).join('')}…`
}
