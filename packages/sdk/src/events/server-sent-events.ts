export interface ServerSentEvent {
  event: string
  data: string
}

/** The messages of an event stream (HTML, 9.2.6). `onId` is called with each `id` once its message is over, also without data. */
export async function* readServerSentEvents(
  chunks: AsyncIterable<Uint8Array>,
  onId: (id: string) => void,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let event = ''
  let id: string | undefined
  let data: string[] = []
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      if (id !== undefined) onId(id)
      // A message without data is not dispatched.
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n') }
      event = ''
      id = undefined
      data = []
      continue
    }
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
  }
}
