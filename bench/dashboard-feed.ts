/** Stands between a browser and the service: tells the browser of as many events as are wanted, in the place of its own. */
import { once } from 'node:events'
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Feed {
  url: string
  /** Tells them to the page that listens, evenly over the time; resolves when all are written. */
  tell(events: number, seconds: number, messageOf: (n: number) => { type: string; data: object }): Promise<void>
  close(): Promise<void>
}

/** Writes so often: as a service that is busy does, not event by event. */
const everyMs = 20

/** `shownAs`: what tasks that are suspended are shown as, since a thousand that run would be another bench. */
export async function startFeed(service: string, shownAs: 'running'): Promise<Feed> {
  const streams = new Set<ServerResponse>()
  const server = createServer((incoming, response) => {
    if (incoming.url?.startsWith('/v1/events/stream')) return void openStream(response)
    const isApi = incoming.url?.startsWith('/v1/') ?? false
    const { 'accept-encoding': encoding, ...headers } = incoming.headers
    const passed = isApi ? headers : { ...headers, ...(encoding ? { 'accept-encoding': encoding } : {}) }
    const upstream = ask(new URL(incoming.url!, service), { method: incoming.method!, headers: passed }, (answer) =>
      isApi ? void rewrite(answer, response) : void answer.pipe(response.writeHead(answer.statusCode!, answer.headers)),
    )
    upstream.on('error', () => response.destroy())
    incoming.pipe(upstream)
  })
  const openStream = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': open\n\n')
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }
  const rewrite = async (answer: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString().replaceAll('"state":"suspended"', `"state":"${shownAs}"`)
    const { 'content-length': _length, 'transfer-encoding': _coding, ...headers } = answer.headers
    response.writeHead(answer.statusCode!, headers).end(text)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async tell(events, seconds, messageOf) {
      const [stream] = streams
      if (!stream) throw new Error('no page listens')
      const beganAt = performance.now()
      for (let told = 0; told < events; ) {
        const due = Math.min(events, Math.ceil(((performance.now() - beganAt) / 1000 / seconds) * events))
        let text = ''
        for (; told < due; told++) {
          const { type, data } = messageOf(told)
          text += `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
        }
        // A page that does not keep up holds the feed back, as it would hold back the service.
        if (text !== '' && !stream.write(text)) await once(stream, 'drain')
        await sleep(everyMs)
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
