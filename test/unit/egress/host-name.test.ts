import { expect, it } from 'vitest'
import { hostName } from '#transfer/egress/rules/host-name.ts'

it.each([
  ['origin.example.com', 'origin.example.com'],
  ['ORIGIN.Example.COM', 'origin.example.com'],
  ['origin.example.com:443', 'origin.example.com'],
  ['origin.example.com:8443', 'origin.example.com:8443'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['[2001:DB8::1]:8080', '[2001:db8::1]:8080'],
  ['93.184.216.34', '93.184.216.34'],
])('%s is the host %s', (text, host) => expect(hostName(text)).toBe(host))

it.each(['', 'a/b', 'a?b', 'a#b', 'user@a', 'a\\b', 'a b', 'a\u0000', 'a\nb', 'a:99999', 'a:b', '[::1', 'a%'])(
  '%j is no host',
  (text) => expect(hostName(text)).toBeNull(),
)
