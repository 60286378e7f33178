/**
 * What `JSON.stringify` writes, as UTF-8. The items of the lists of a response are written one by one: the buffer that V8
 * grows for a text of megabytes is copied each time it doubles, which costs several times the work itself.
 */
export function jsonBytes(value: object): Buffer {
  const pieces: Buffer[] = []
  const write = (text: string) => void pieces.push(Buffer.from(text))
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  write('{')
  for (const [n, [name, member]] of members.entries()) {
    write(`${n === 0 ? '' : ','}${JSON.stringify(name)}:`)
    if (!Array.isArray(member)) write(JSON.stringify(member))
    else {
      for (const [at, item] of member.entries()) write(`${at === 0 ? '[' : ','}${JSON.stringify(item) ?? 'null'}`)
      write(member.length === 0 ? '[]' : ']')
    }
  }
  write('}')
  return Buffer.concat(pieces)
}
