/**
 * The text without what would steer a terminal: names and errors come from servers that nobody vouches for. Line breaks, tabs and the
 * colours of this program stay.
 */
export function plainText(text: string): string {
  return text.replaceAll(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, (character, at: number) => {
    if (character === '\n' || character === '\t') return character
    const isColour = character === '\u001b' && /^\[\d{0,2}m/.test(text.slice(at + 1, at + 5))
    return isColour ? character : '\uFFFD'
  })
}

/** The same in one line. */
export function oneLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, ' ').trim()
}

/** The text in so many columns, with an ellipsis where it was cut. */
export function cut(text: string, columns: number): string {
  const characters = [...text]
  if (characters.length <= columns) return text
  return columns < 1 ? '' : `${characters.slice(0, columns - 1).join('')}…`
}
