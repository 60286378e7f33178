const shownCharacters = 60

/** A wrong value for a sentence, without a user and a password in front of a host, and not in full length. */
export function quote(value: string): string {
  const shown = value.replace(/(^|\/\/)[^/?#]*@/, '$1…@')
  return JSON.stringify(shown.length > shownCharacters ? `${shown.slice(0, shownCharacters)}…` : shown)
}
