export interface ServerSentEvent {
  event: string
  data: string
}

/** Many times the longest message of the service: what is longer may have no end. In characters. */
const longest = 8 * 1024 ** 2

/** The messages of an event stream (HTML, 9.2.6). Throws when one is too long to be the service's. `onId` is called with each `id` once its message is over, also without data. */
export async function* readServerSentEvents(
  chunks: AsyncIterable<Uint8Array>,
  onId: (id: string) => void,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let event = ''
  let id: string | undefined
  let data: string[] = []
  let length = 0
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      if (id !== undefined) onId(id)
      // A message without data is not dispatched.
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n') }
      event = ''
      id = undefined
      data = []
      length = 0
      continue
    }
    length += line.length
    if (length > longest) throw tooLong()
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line)!
    if (name === 'event') event = value
    else if (name === 'data') data.push(value)
    else if (name === 'id' && !value.includes('\0')) id = value
  }
}

/** The text after the last line break is an incomplete line and is dropped. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    yield* lines
    if (rest.length > longest) throw tooLong()
  }
}

const tooLong = () => new Error(`a message of the stream is longer than ${longest} characters`)
