import { expect, it } from 'vitest'
import { checkUrl, type UrlPolicy } from '#transfer/egress/rules/url-policy.ts'

const open: UrlPolicy = { allowed: [] }
const isAccepted = (port: number) => !('code' in checkUrl(`http://example.com:${port}/`, open))

it('refuses the ports that fetch refuses and those of common servers, and no others', async () => {
  const servers = [2375, 2376, 3306, 5432, 6379, 9200, 11_211, 27_017]
  const ports = Array.from({ length: 28_000 }, (_, index) => index + 1)
  const refusedByFetch = await Promise.all(ports.map(isBadPort))
  expect(refusedByFetch.filter(Boolean).length).toBeGreaterThan(80)
  const refused = ports.map((port) => !isAccepted(port))
  expect(ports.filter((_, index) => refused[index] && !refusedByFetch[index])).toEqual(servers)
  expect(ports.filter((_, index) => !refused[index] && refusedByFetch[index])).toEqual([])
  expect(checkUrl('http://example.com:6379/', open)).toMatchObject({
    code: 'destination_denied',
    fix: expect.stringContaining('EGRESS_ALLOW_PORTS'),
  })
})

/** Asked of Node's fetch, which follows the Fetch standard; a dispatcher that never connects keeps it from the network. */
async function isBadPort(port: number): Promise<boolean> {
  const dispatcher = {
    dispatch() {
      throw new Error('the port is good')
    },
  }
  const init = { dispatcher } as unknown as RequestInit
  const failure: unknown = await fetch(`http://127.0.0.1:${port}/`, init).catch((error: unknown) => error)
  if (!(failure instanceof Error && failure.cause instanceof Error)) throw new Error('fetch gave no reason')
  return failure.cause.message === 'bad port'
}
