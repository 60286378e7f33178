/** The attacker of edge.ts: idle connections, and POSTs of which a byte comes every second. Those that the server closes are opened again. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const [origin = '', key, idle, slow] = process.argv.slice(2)
const { hostname, port } = new URL(origin)
const head = [
  'POST /v1/webhook-endpoints HTTP/1.1',
  'Host: a',
  `Authorization: Bearer ${key}`,
  'Content-Type: application/json',
  'Content-Length: 1000',
  '',
  '{',
].join('\r\n')
const dripMs = 1_000
const sockets = new Set<Socket>()
let opened = 0

function open(isSlow: boolean): void {
  const socket = connect(Number(port), hostname)
  opened += 1
  sockets.add(socket)
  let drip: NodeJS.Timeout | undefined
  if (isSlow) {
    socket.write(head)
    drip = setInterval(() => socket.write(' '), dripMs)
  }
  socket
    .on('error', () => {})
    .on('close', () => {
      clearInterval(drip)
      sockets.delete(socket)
      // Not at once: the queue of connections to be accepted is short.
      setTimeout(open, Math.random() * dripMs, isSlow)
    })
    .resume()
}

process.on('message', () => {
  console.log(`attacker: ${sockets.size} connections open, ${opened} opened in all`)
  process.exit()
})
process.on('disconnect', () => process.exit())
// Over the time after which the server closes them, so that at any moment as many end and begin: what is measured are the connections,
// not how many requests in a second the service can authenticate.
const [idleMs, slowMs] = [15_000, 30_000]
for (let n = 0; n < Number(idle); n++) setTimeout(open, (n * idleMs) / Number(idle), false)
for (let n = 0; n < Number(slow); n++) setTimeout(open, (n * slowMs) / Number(slow), true)
await sleep(slowMs + dripMs)
process.send!('ready')
