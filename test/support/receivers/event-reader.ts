import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Message {
  id: string | null
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: tests hold it against the schema
  data: any
}
export interface EventReader {
  response: Response
  /** The messages so far; comments are counted separately. */
  messages: Message[]
  comments: string[]
  /** The Last-Event-ID, as an EventSource would send it when it reconnects. */
  lastId(): string | null
  of(event: string): Message[]
  stored(): Message[]
  /** Resolves with how the stream ended. */
  ended: Promise<'whole' | 'cut'>
  close(): Promise<void>
}

/** Follows the tenant's events. */
export function followEvents(
  url: string,
  key: string,
  { query = '', lastEventId = null }: { query?: string; lastEventId?: string | null } = {},
): Promise<EventReader> {
  return follow(`${url}/v1/events/stream${query && `?${query}`}`, key, lastEventId)
}

/** Receives the deliveries of an endpoint. */
export function connectEndpoint(url: string, key: string, endpointId: string): Promise<EventReader> {
  return follow(`${url}/v1/webhook-endpoints/${endpointId}/connect`, key, null)
}

/** Follows a stream as an EventSource does (HTML, 9.2.6). */
async function follow(url: string, key: string, lastEventId: string | null): Promise<EventReader> {
  const away = new AbortController()
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }) },
    signal: away.signal,
  })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  const messages: Message[] = []
  const comments: string[] = []
  let lastId = lastEventId
  const take = (block: string) => {
    const fields: Record<string, string> = {}
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? []
      if (name === '') comments.push(value)
      else fields[name] = value
    }
    const { id, event, data } = fields
    if (id !== undefined) lastId = id
    if (data !== undefined) messages.push({ id: id ?? null, event: event!, data: JSON.parse(data) })
  }
  const read = async () => {
    let rest = ''
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + chunk).split('\n\n')
        rest = blocks.pop()!
        for (const block of blocks) take(block)
      }
      return 'whole' as const
    } catch {
      return 'cut' as const
    }
  }
  const ended = read()
  return {
    response,
    messages,
    comments,
    lastId: () => lastId,
    of: (event) => messages.filter((message) => message.event === event),
    stored: () => messages.filter(({ id }) => id !== null),
    ended,
    async close() {
      away.abort()
      await ended
    },
  }
}

/** A client that requests a stream and reads nothing until told to. */
export async function ignoreEvents(url: string, key: string, query = ''): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  await once(socket, 'connect')
  socket.write(
    `GET /v1/events/stream${query && `?${query}`} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n\r\n`,
  )
  return socket
}
