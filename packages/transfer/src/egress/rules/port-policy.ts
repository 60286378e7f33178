import { listEntries } from './list-entries.ts'

/** Fetch standard, "bad port" (fetch.spec.whatwg.org/#port-blocking): those of other protocols. */
const badPorts = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
  ],
  ...[532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060],
  ...[5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
])

/**
 * Ports of servers that hold data or control a machine, often without authentication: Docker, MySQL, PostgreSQL, Redis,
 * Elasticsearch, memcached, MongoDB. SSH, Telnet and mail are bad ports already.
 */
const serverPorts = new Set([2375, 2376, 3306, 5432, 6379, 9200, 11_211, 27_017])

/** Why a port is refused; null: it is not, or the operator has opened it. Port 0 cannot be opened. */
export function portRefusal(port: number, opened: ReadonlySet<number>): 'otherProtocol' | 'server' | null {
  if (port !== 0 && opened.has(port)) return null
  if (badPorts.has(port)) return 'otherProtocol'
  return serverPorts.has(port) ? 'server' : null
}

/** The setting EGRESS_ALLOW_PORTS: numbers, separated by commas. One error for every bad entry, naming it. */
export function parsePorts(text: string): { ports: ReadonlySet<number>; errors: string[] } {
  const entries = listEntries(text)
  const isPort = (entry: string) => /^[1-9]\d{0,4}$/.test(entry) && Number(entry) <= 65_535
  return {
    ports: new Set(entries.filter(isPort).map(Number)),
    errors: entries.filter((entry) => !isPort(entry)).map((entry) => `"${entry}" is not a port (from 1 to 65535)`),
  }
}

/** The port that a URL leads to. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
