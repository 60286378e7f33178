import { describe, expect, it, onTestFinished } from 'vitest'
import { mint } from '#core/runtime/crypto.ts'
import { createLanes } from '#support/builders/lanes.ts'
import { made } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'
import { startConnectProxy } from '#support/servers/connect-proxy.ts'
import { type DnsAnswer, startDnsServer } from '#support/servers/dns-server.ts'
import { freePort } from '#support/servers/free-port.ts'
import { createResolver } from '#transfer/egress/resolver.ts'
import { laneSender, type Way } from './lane-sender.ts'

const builder = useStore()

const { laneOf, woken } = createLanes(builder)
const host = 'hooks.example.com'

async function named(answer: DnsAnswer): Promise<Way> {
  const server = await startDnsServer()
  onTestFinished(() => server.close())
  server.say(host, answer)
  // A name server that keeps silent has less time than an exchange: so one that is cut off looks the same.
  return { lookup: createResolver([server.address]), ...(answer === 'silence' ? { timeoutMs: 200 } : {}) }
}
async function throughProxy(status: number | null): Promise<Way> {
  const lookup = async () => ['93.184.216.34']
  if (status === null) return { lookup, proxy: { host: '127.0.0.1', port: await freePort(), authorization: null } }
  return { lookup, proxy: await startConnectProxy(() => `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`) }
}

/** What becomes of a wake's deliveries to a receiver that is tried on this way. */
async function tried(way: Way) {
  const tenantId = await builder.tenant()
  const secret = mint.webhookSecret()
  const url = `https://${host}/hook`
  const { id: endpointId } = made(
    await builder.stores.endpoints.createEndpoint(tenantId, { url, eventTypes: [], secret }),
  )
  const session = await woken({
    ...(await builder.session(tenantId, { delegate: { endpointId } })),
    endpointId,
    secret,
  })
  await laneSender(builder.stores, way)(laneOf(session))
  const row = await builder.database.first<{ failures: number; isHeld: boolean; inMs: number }>(
    `select p.failures, p.next_send_at is not null as is_held,
       (extract(epoch from l.due_at - clock_timestamp()) * 1000)::float8 as in_ms
     from endpoint p join delivery_lane l on l.endpoint_id = p.id where p.id = $1`,
    [endpointId],
  )
  const counted = await builder.database.first<{ attempts: number; written: number }>(
    `select sum(attempts)::int as attempts,
       (select count(*)::int from delivery_attempt a join delivery d on d.id = a.delivery_id where d.endpoint_id = $1) as written
     from delivery where endpoint_id = $1`,
    [endpointId],
  )
  return { ...row!, ...counted!, session }
}

describe('a try that fails by an internal error', () => {
  it.each<[string, () => Promise<Way>]>([
    ['the name servers are in trouble (SERVFAIL)', () => named('servfail')],
    ['the name servers keep silent', () => named('silence')],
    ['no name server is there', async () => ({ lookup: createResolver([`127.0.0.1:${await freePort()}`]) })],
    ['the egress proxy is away', () => throughProxy(null)],
    ['the egress proxy opens no tunnels', () => throughProxy(405)],
    ['the egress proxy does not know us', () => throughProxy(407)],
  ])('as when %s charges nobody, and is repeated soon', async (_, way) => {
    const { failures, isHeld, attempts, written, inMs, session } = await tried(await way())
    expect({ failures, isHeld, attempts, written }).toEqual({ failures: 0, isHeld: true, attempts: 0, written: 0 })
    expect(inMs).toBeGreaterThan(2_000)
    expect(inMs).toBeLessThan(10_000)
    // What kept us from this lane would keep us from its others.
    const { endpointId, tenantId } = session
    const other = { ...(await builder.session(tenantId, { delegate: { endpointId: endpointId! } })), endpointId }
    await woken(other)
    expect(await builder.stores.deliveries.leaseNextBatch(laneOf(other), 64)).toEqual([])
  })

  it.each<[string, () => Promise<Way>]>([
    ['there is no such name', () => named('nxdomain')],
    ['the name has no address', () => named({ addresses: [] })],
    ['the name leads to a forbidden address', () => named({ addresses: ['10.0.0.1'] })],
    ['the egress proxy cannot reach it', () => throughProxy(502)],
    ['the egress proxy does not let it through', () => throughProxy(403)],
    ['nobody listens there', () => named({ addresses: ['127.0.0.1'] })],
  ])('is the receiver’s when %s', async (_, way) => {
    const { failures, isHeld, attempts, written } = await tried(await way())
    expect({ failures, isHeld, attempts, written }).toEqual({ failures: 1, isHeld: false, attempts: 1, written: 1 })
  })

  it('takes back only itself: what was received before it in its run stays so', async () => {
    const session = await woken()
    const run = await builder.stores.deliveries.leaseNextBatch(laneOf(session), 64)
    const responses = [
      { status: 204, error: null, body: '', retryAfterSeconds: null },
      { status: null, error: 'dnsLookupFailed', body: '', retryAfterSeconds: null, isInternalError: true as const },
    ]
    const sent = responses.map((response, n) => ({ delivery: run[n]!, answer: response, durationMs: 1, agoMs: 0 }))
    expect(await builder.stores.deliveries.recordBatch({ sent, unsent: run.slice(2) }, 0.5, 64)).toEqual([])
    const rows = await builder.database.many(
      'select state, attempts from delivery where session_id = $1 order by position',
      [session.id],
    )
    const untried = { state: 'pending', attempts: 0 }
    expect(rows).toEqual([{ state: 'succeeded', attempts: 1 }, untried, untried])
  })
})
