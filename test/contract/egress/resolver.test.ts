import { readFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { startDnsServer } from '#support/servers/dns-server.ts'
import { createResolver } from '#transfer/egress/resolver.ts'

const name = 'files.example.com'
const start = async () => {
  const dns = await startDnsServer()
  onTestFinished(() => dns.close())
  const lookup = createResolver([dns.address])
  return { dns, ask: (host = name, signal = new AbortController().signal) => lookup(host, signal) }
}
const codeOf = async (work: Promise<unknown>) =>
  await work.then(
    () => null,
    (error: unknown) => (error as { code?: string }).code,
  )

describe('the resolver', () => {
  it('finds the addresses of both families, IPv4 first', async () => {
    const { dns, ask } = await start()
    dns.say(name, { addresses: ['2606:4700::1', '93.184.216.34', '93.184.216.35'] })
    expect(await ask()).toEqual(['93.184.216.34', '93.184.216.35', '2606:4700::1'])
  })

  it.each(['93.184.216.34', '2606:4700::1'])('is content with one family: %s', async (address) => {
    const { dns, ask } = await start()
    dns.say(name, { addresses: [address] })
    expect(await ask()).toEqual([address])
  })

  it('follows an alias to its addresses, and takes one that leads nowhere for a name without any', async () => {
    const { dns, ask } = await start()
    dns.say(name, { cname: 'db.internal', addresses: ['10.0.0.1'] })
    expect(await ask()).toEqual(['10.0.0.1'])
    dns.say(name, { cname: 'db.internal' })
    expect(await ask()).toEqual([])
  })

  it('hands on every answer, however many', async () => {
    const { dns, ask } = await start()
    dns.say(name, { addresses: Array.from({ length: 17 }, (_, index) => `93.184.216.${index}`) })
    expect(await ask()).toHaveLength(17)
  })

  it('goes on with one family when the other fails or keeps silent', async () => {
    const { dns, ask } = await start()
    dns.sayTo('A', name, { addresses: ['93.184.216.34'] })
    dns.sayTo('AAAA', name, 'servfail')
    expect(await ask()).toEqual(['93.184.216.34'])
    dns.sayTo('A', name, 'silence')
    dns.sayTo('AAAA', name, { addresses: ['2606:4700::1'] })
    expect(await ask()).toEqual(['2606:4700::1'])
  })

  it('asks again when a question was lost', async () => {
    const { dns, ask } = await start()
    dns.say(name, 'silence', { addresses: ['93.184.216.34'] })
    expect(await ask()).toEqual(['93.184.216.34'])
  })

  it('tells a name that does not exist from one that nobody could say anything about', async () => {
    const { dns, ask } = await start()
    expect(await codeOf(ask())).toBe('ENOTFOUND')
    dns.say(name, { addresses: [] })
    expect(await codeOf(ask())).toBe('ENODATA')
    dns.say(name, 'servfail')
    expect(await codeOf(ask())).toBe('ESERVFAIL')
    dns.sayTo('A', name, { addresses: [] })
    expect(await codeOf(ask())).toBe('ESERVFAIL')
  })

  it('gives a silent name server up by itself', async () => {
    const { dns, ask } = await start()
    dns.say(name, 'silence')
    expect(await codeOf(ask())).toBe('ETIMEOUT')
    expect(dns.questions(name)).toBe(2)
  })

  it('is cancelled by an abort', async () => {
    const { dns, ask } = await start()
    dns.say(name, 'silence')
    const controller = new AbortController()
    const code = codeOf(ask(name, controller.signal))
    await eventually('both questions', () => dns.questions(name, 'A') > 0 && dns.questions(name, 'AAAA') > 0)
    controller.abort()
    expect(await code).toBe('ECANCELLED')
  })

  it('knows nothing of the names in /etc/hosts, and tries no search domains', async () => {
    const { dns, ask } = await start()
    expect(await codeOf(ask('localhost'))).toBe('ENOTFOUND')
    expect(dns.questions('localhost')).toBe(1)
  })

  it('does not keep files waiting, however many name servers are silent', async () => {
    const { dns, ask } = await start()
    dns.say(name, 'silence')
    const controller = new AbortController()
    const codes = Array.from({ length: 50 }, () => codeOf(ask(name, controller.signal)))
    await eventually('the questions', () => dns.questions(name) >= 50)
    await readFile(new URL(import.meta.url))
    controller.abort()
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['ECANCELLED']))
  })
})
