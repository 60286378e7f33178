export interface ServerSentEvent {
  event: string
  data: string
}

/** The messages of a stream (HTML, 9.2.6). `heard` is called for everything that comes, comments too. */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<ServerSentEvent> {
  let event = ''
  let data: string[] = []
  for await (const line of linesOf(body, heard)) {
    if (line === '') {
      // Without data it is no message, whatever its type.
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n') }
      event = ''
      data = []
      continue
    }
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line)!
    if (name === 'event') event = value
    else if (name === 'data') data.push(value)
  }
}

/** What comes behind the last line break is not whole, and is dropped. */
async function* linesOf(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    heard()
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    yield* lines
  }
}
