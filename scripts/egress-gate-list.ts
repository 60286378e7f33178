/** A place in the code that keeps something out, and the tests that must notice when it is gone. */
export interface Gate {
  name: string
  file: string
  /** Exactly once in the file. */
  line: string
  instead: string
  tests: string[]
}

const core = 'packages/core/src'
const transfer = 'packages/transfer/src'
const unit = (name: string) => `test/unit/${name}.test.ts`
const contract = (name: string) => `test/contract/${name}.test.ts`

const of =
  (file: string, ...tests: string[]) =>
  (name: string, line: string, instead: string): Gate => ({ name, file, line, instead, tests })

const url = of(`${transfer}/egress/rules/url-policy.ts`, unit('egress/url-policy'))
const policy = of(`${transfer}/egress/rules/egress-policy.ts`, unit('egress/egress-policy'), contract('egress/guard'))
const port = of(`${transfer}/egress/rules/port-policy.ts`, unit('egress/url-policy'))
const hosts = of(`${transfer}/egress/rules/allowed-hosts.ts`, unit('runtime/config'))
const own = of(`${transfer}/egress/rules/own-addresses.ts`, unit('egress/own-addresses'))
const headers = of(`${transfer}/egress/rules/request-headers.ts`, unit('egress/request-headers'))
const address = of(`${transfer}/egress/rules/address-class.ts`, unit('egress/address-class'))
const redirect = of(`${transfer}/egress/rules/redirect.ts`, unit('egress/redirect'))
const guard = of(`${transfer}/egress/guard.ts`, contract('egress/guard'), contract('egress/guard-names'))
const route = of(`${transfer}/egress/route.ts`, contract('egress/guard'), contract('egress/guard-tls'))
const proxy = of(`${transfer}/egress/connect-proxy.ts`, contract('egress/connect-proxy'))
const fetching = of(`${transfer}/source/http-source.ts`, contract('source/source-redirects'))
const cookies = of(`${transfer}/source/chain-cookies.ts`, contract('source/source-cookies'))
const sending = of(`${core}/deliveries/http/sender.ts`, contract('deliveries/sender'))

/**
 * What is not here: `guard.check` of an address that the URL itself spells stands behind the URL gate, so no URL gets as far;
 * proxy variables, HTTP clients and other ways out are kept away by what is imported (`npm run arrows`); the gates at the
 * API's intake are held by test/api (tasks, sessions, events), which need a database.
 */
export const gates: readonly Gate[] = [
  url('length of a URL', 'Buffer.byteLength(raw) > maxBytes', 'false'),
  url('what the parser would tidy up', '!raw.isWellFormed() || rewritten.test(raw)', 'false'),
  url('schemes', '/^(https?):', '/^(\\w+):'),
  url('user names', "authority.includes('@')", 'false'),
  port('bad ports', 'badPorts.has(port)', 'false'),
  port('ports of servers', 'serverPorts.has(port)', 'false'),
  port('port 0', 'port !== 0 && ', ''),
  url('ports of URLs', 'checkPort(port, policy) ?? ', ''),
  url('addresses in a URL', "policy) !== 'denied'", "policy) !== 'nothing'"),
  url('other spellings of addresses', "!written.startsWith('[') && written !== canonical", 'false'),
  url('single labels', "!name.includes('.')", 'false'),
  url('internal names', 'isInternalName(name)', 'false'),
  url('names of DNS', 'isDomainName(name) &&', ''),
  url('trailing dots', 'name !== canonical', 'false'),
  url('look-alikes of plain letters', "isSpelledAs(label, writtenLabels[index] ?? '')", 'true'),
  url('https for webhooks', "policy.httpsOnly && url.protocol === 'http:'", 'false'),

  of(`${transfer}/egress/rules/url-policy.ts`, unit('egress/egress-policy'))(
    'names of our own',
    'policy.isOwn?.(host, port) ? ownRefusal : null',
    'null',
  ),

  policy('closed networks', 'classifyAddress(address, allowed, denied)', 'classifyAddress(address, allowed)'),
  policy('closed networks of listed names', '[...denied, ...metadataBlocks]', 'metadataBlocks'),
  policy('metadata of listed names', '[...denied, ...metadataBlocks]', 'denied'),
  policy('special blocks of listed names', 'address, privateBlocks,', "address, blocks('0.0.0.0/0', '::/0'),"),
  policy('names that are not listed', '!isAllowedHost(host, hosts)', 'false'),
  policy('our own places', "addressClass !== 'denied' && policy.isOwn?.(address, port)", 'false'),
  hosts('every name', "host === '*'", 'false'),
  hosts('addresses as names', 'isAddress(name) || (hostname !== undefined && isAddress(hostname))', 'false'),
  hosts('whole top-level domains', "!name.includes('.') && !isInternalName(name)", 'false'),
  of(`${transfer}/egress/rules/allowed-hosts.ts`, unit('egress/egress-policy'))(
    'exact names',
    'name === host)',
    'name.endsWith(host))',
  ),
  of(`${transfer}/egress/rules/allowed-hosts.ts`, unit('egress/egress-policy'))(
    'dots of suffixes',
    'host.slice(1)',
    'host.slice(2)',
  ),
  own('every address of the machine', 'isUnspecified(place)) return isHere(host, machine)', 'false) return false'),
  own('unspecified addresses', 'isUnspecified(host)) return isHere(place, machine)', 'false) return false'),
  own('loopback of localhost', 'isInside(host, loopback) || isUnspecified(host)', 'false'),
  own('ports of our own', 'place.port === null || place.port === port', 'true'),

  of(`${core}/runtime/find-own-addresses.ts`, unit('egress/own-addresses'))(
    'public addresses of our own names',
    "classifyAddress(address, []) === 'denied'",
    'true',
  ),
  of(`${transfer}/egress/rules/request-headers.ts`, contract('source/source'))(
    'conditions of stored requests',
    '!name.toLowerCase().startsWith(condition)',
    'true',
  ),
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
  of(`${transfer}/egress/rules/address-class.ts`, unit('egress/egress-policy'))(
    'closed blocks',
    'isClosed(address, denied)',
    'false',
  ),
  of(`${transfer}/egress/rules/address-class.ts`, unit('egress/egress-policy'))(
    'closed mapped addresses',
    'within(unmapped(address), denied)',
    'within(address, denied)',
  ),
  of(`${transfer}/egress/rules/address-class.ts`, unit('egress/egress-policy'))(
    'closed carried addresses',
    ' || (carried !== null && within(carried, denied))',
    '',
  ),
  address('carried addresses', "carried === null || classify(carried, allowed) !== 'denied'", 'true'),

  redirect('Location', "'code' in checked", "'code' in checked && false"),
  redirect('Location as it is written', 'scheme === null', 'true'),
  redirect('length of a Location', 'location.length > maxLocationBytes', 'false'),
  redirect('user names for other hosts', 'parsed.hostname === base.hostname', 'true'),
  redirect(
    'headers on the way to another origin',
    'from.headers : thoseThatGoAlong(from.headers)',
    'from.headers : from.headers',
  ),
  redirect('headers that go along', 'goAlong.has(name.toLowerCase())', 'true'),
  redirect('other hosts than that of an upgrade', 'from.hostname !== to.hostname || ', ''),
  redirect('the way down from https', "to.protocol !== 'https:'", 'false'),
  redirect('other ports than those of an upgrade', 'from.port === to.port || portOf(from) === portOf(to)', 'true'),
  of(`${transfer}/http/rules/find-head.ts`, contract('source/source-lies'))(
    'framing of interim answers',
    "if ('error' in framed) return framed",
    "if ('error' in framed) return read.head.status >= 200 ? framed : { head: read.head, framing: { kind: 'none' }, oddities: none, end }",
  ),
  fetching('number of redirects', 'transactions.length > maxRedirects', 'false'),
  of(`${transfer}/source/http-source.ts`, contract('source/source-cookies'))(
    'cookies of one chain',
    'const cookies = createChainCookies()',
    'const cookies = (globalThis.c ??= createChainCookies())',
  ),
  cookies('controls in cookies', 'fieldValue.test(field)', 'true'),
  cookies('length of cookies that are set', 'field.length <= limits.setCookieLength', 'true'),
  cookies('number of cookies that are set', 'setCookies.slice(0, limits.fieldsOfResponse)', 'setCookies'),
  cookies('length of cookies that are sent', 'next.length <= limits.cookieLength', 'true'),
  fetching('URLs over kept connections', 'guard.check(hop.url)', ''),

  guard('URLs at the dial', "'code' in checked", "'code' in checked && false"),
  guard('number of addresses', 'addresses.length > maxAddresses', 'false'),
  guard('addresses of a name', "if (addressClass === 'denied')", "if (addressClass === 'denied' && false)"),
  guard('addresses of our own at the dial', "if (addressClass === 'own')", "if (addressClass === 'own' && false)"),
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
  of(`${core}/tasks/validate-task.ts`, unit('tasks/validate-task'))(
    'URLs of canceled tasks',
    "'code' in checked ? { errors",
    "'code' in checked && false ? { errors",
  ),
  sending('URLs of webhooks', "'code' in checked", "'code' in checked && false"),
]
