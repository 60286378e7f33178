/** A place in the code that keeps something out, and the tests that must notice when it is gone. */
export interface Gate {
  name: string
  file: string
  /** Exactly once in the file. */
  line: string
  instead: string
  tests: string[]
}

const source = 'packages/core/src'
const unit = (name: string) => `test/unit/${name}.test.ts`
const contract = (name: string) => `test/contract/${name}.test.ts`

const of =
  (file: string, ...tests: string[]) =>
  (name: string, line: string, instead: string): Gate => ({ name, file: `${source}/${file}`, line, instead, tests })

const url = of('domain/url.ts', unit('url'))
const headers = of('domain/headers.ts', unit('headers'))
const address = of('domain/address.ts', unit('address'))
const redirect = of('domain/redirect.ts', unit('redirect'))
const guard = of('infra/egress-guard.ts', contract('egress'), contract('egress-names'))
const route = of('infra/egress-route.ts', contract('egress'), contract('egress-tls'))
const proxy = of('infra/egress-proxy.ts', contract('egress-proxy'))
const fetching = of('infra/source-http.ts', contract('source-redirects'))
const sending = of('infra/webhook-http.ts', contract('webhook-sender'))

/**
 * What is not here: `guard.check` of an address that the URL itself spells stands behind the URL gate, so no URL gets as far;
 * proxy variables, HTTP clients and other ways out are kept away by what is imported (`npm run arrows`); the gates at the
 * API's intake are held by test/api (tasks, task-verbs, sessions, feed), which need a database.
 */
export const gates: readonly Gate[] = [
  url('length of a URL', 'raw.length > maxUrlBytes || new TextEncoder().encode(raw).length > maxUrlBytes', 'false'),
  url('what the parser would tidy up', '!raw.isWellFormed() || rewritten.test(raw)', 'false'),
  url('schemes', '/^(https?):', '/^(\\w+):'),
  url('user names', "authority.includes('@')", 'false'),
  url('bad ports', "url.port !== '' && badPorts.has(Number(url.port))", 'false'),
  url('addresses in a URL', "classifyAddress(literal, allowed) === 'denied'", 'false'),
  url('other spellings of addresses', "!written.startsWith('[') && written !== canonical", 'false'),
  url('single labels', "!name.includes('.')", 'false'),
  url('internal names', 'internalSuffixes.some(', '[].some('),
  url('trailing dots', 'name !== canonical', 'false'),
  url('look-alikes of plain letters', "isSpelledAs(label, writtenLabels[index] ?? '')", 'true'),
  url('https for webhooks', "policy.httpsOnly && url.protocol === 'http:'", 'false'),

  headers('names of headers', '!token.test(lowerName)', 'false'),
  headers('forbidden headers', 'forbiddenNames.has(lowerName)', 'false'),
  headers('forbidden families of headers', 'forbiddenPrefixes.some((prefix) => lowerName.startsWith(prefix))', 'false'),
  headers('values of headers', '!fieldValue.test(value)', 'false'),
  headers('number of headers', 'entries.length > maxHeaders', 'false'),
  headers('length of headers', 'bytes > maxHeaderBytes', 'false'),

  address('special IPv4 blocks', 'within(address, specialIpv4)', 'false'),
  address('IPv6 outside 2000::/3', '!within(address, globalUnicastIpv6)', 'false'),
  address('special IPv6 blocks', 'within(address, specialIpv6)', 'false'),
  address('mapped addresses', 'contains(mappedIpv4, address)) return within', 'false) return within'),
  address('carried addresses', "carried === null || classify(carried, allowed) !== 'denied'", 'true'),

  redirect('Location', "'code' in checked", "'code' in checked && false"),
  redirect('Location as it is written', '/[\\\\\\t]/.test(location)', 'false'),
  redirect('headers on the way to another origin', 'from.headers : {}', 'from.headers : from.headers'),
  fetching('number of redirects', 'transactions.length > maxRedirects', 'false'),
  fetching('URLs over kept connections', 'guard.check(hop.url)', ''),

  guard('URLs at the dial', "'code' in checked", "'code' in checked && false"),
  guard('number of addresses', 'addresses.length > maxAddresses', 'false'),
  guard('addresses of a name', "addressClass === 'denied'", 'false'),
  guard('every address of a name', 'addresses.map((address) =>', 'addresses.slice(0, 1).map((address) =>'),
  guard(
    'one lookup',
    'lookup(host, signal), signal)',
    'lookup(host, signal).then(() => lookup(host, signal)), signal)',
  ),
  route('the peer', '!isSameAddress(socket.remoteAddress, address)', 'false'),
  route('the peer before a word is said', 'prependOnceListener', 'once'),
  route('TLS 1.2', "minVersion: 'TLSv1.2',", ''),
  route('certificates', 'rejectUnauthorized: true,', ''),
  proxy('the checked address at the proxy', 'authority(address, target.port)', 'authority(target.host, target.port)'),
  proxy('certificates in a tunnel', 'tlsTo(target.host, address)', '{ rejectUnauthorized: false }'),
  proxy('refusals of the proxy', 'status >= 200 && status < 300', 'true'),
  of('app/plan-task.ts', unit('plan-task'))(
    'URLs of canceled tasks',
    "'code' in checked ? { faults",
    "'code' in checked && false ? { faults",
  ),
  sending('URLs of webhooks', "'code' in checked", "'code' in checked && false"),
]
