/** A webhook receiver of minimal cost: it counts events by type and checks nothing. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Tally {
  url: string
  /** Resolves with the time (ms) of this many task.completed events. */
  expect(completed: number): Promise<number>
  close(): void
}

export async function startTally(): Promise<Tally> {
  let left = 0
  let finished = (_at: number) => {}
  const server = createServer((request, response) => {
    let head = ''
    request.on('data', (chunk: Buffer) => {
      if (head.length < 256) head += chunk.toString('latin1', 0, 256)
    })
    request.on('end', () => {
      response.writeHead(204).end()
      const type = /"type":"([^"]+)"/.exec(head)?.[1]
      if (type === 'task.completed') left -= 1
      if (left <= 0) finished(Date.now())
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    expect(completed) {
      left = completed
      const { promise, resolve } = Promise.withResolvers<number>()
      finished = resolve
      return promise
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
