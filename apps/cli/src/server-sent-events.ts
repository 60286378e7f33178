export interface ServerSentEvent {
  event: string
  data: string
}

/** The messages of an event stream (HTML, 9.2.6). `heard` is called for everything received, comments included. */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<ServerSentEvent> {
  let event = ''
  let data: string[] = []
  for await (const line of linesOf(body, heard)) {
    if (line === '') {
      // A message without data is not dispatched.
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

/** The text after the last line break is an incomplete line and is dropped. */
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
