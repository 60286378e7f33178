import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

/** A name server's answer to one question. */
export type DnsAnswer =
  | { addresses: string[]; cname?: string }
  /** Only the alias, without the addresses of its target. */
  | { cname: string }
  | 'servfail'
  | 'nxdomain'
  | 'silence'

type Family = 'A' | 'AAAA'
interface DnsServer {
  /** "address:port", for the resolver. */
  address: string
  /** The answers of a name in turn, per family; the last one stays. `addresses` are told by family. A name without any is NXDOMAIN. */
  say(name: string, ...answers: DnsAnswer[]): void
  /** The answers to one family's questions only. */
  sayTo(family: Family, name: string, ...answers: DnsAnswer[]): void
  /** How often an address of the family was asked for. */
  questions(name: string, family?: Family): number
  close(): Promise<void>
}

const types = { A: 1, CNAME: 5, AAAA: 28 } as const
const codes = { servfail: 2, nxdomain: 3 } as const

/** A name server on loopback (RFC 1035 over UDP), for questions of A and AAAA only. */
export async function startDnsServer(): Promise<DnsServer> {
  const said = new Map<string, DnsAnswer[]>()
  const asked = new Map<string, number>()
  const socket = createSocket('udp4')
  socket.on('message', (message, from: RemoteInfo) => {
    const question = readQuestion(message)
    if (question === null) return
    const key = `${question.family} ${question.name}`
    const index = asked.get(key) ?? 0
    asked.set(key, index + 1)
    const answers = said.get(key) ?? ['nxdomain']
    const answer = answers[Math.min(index, answers.length - 1)] ?? 'nxdomain'
    if (answer !== 'silence') socket.send(encode(message, question, answer), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const sayTo: DnsServer['sayTo'] = (family, name, ...answers) => {
    said.set(`${family} ${name}`, answers)
    asked.delete(`${family} ${name}`)
  }
  return {
    address: `127.0.0.1:${socket.address().port}`,
    say(name, ...answers) {
      sayTo('A', name, ...answers)
      sayTo('AAAA', name, ...answers)
    },
    sayTo,
    questions: (name, family = 'A') => asked.get(`${family} ${name}`) ?? 0,
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

interface Question {
  name: string
  family: Family
  /** Where the question ends in the message. */
  end: number
}

function readQuestion(message: Buffer): Question | null {
  const labels: string[] = []
  let offset = 12
  for (let length = message[offset] ?? 0; length > 0; length = message[offset] ?? 0) {
    labels.push(message.toString('latin1', offset + 1, offset + 1 + length))
    offset += 1 + length
  }
  const type = message.readUInt16BE(offset + 1)
  const family = type === types.A ? 'A' : type === types.AAAA ? 'AAAA' : null
  return family === null ? null : { name: labels.join('.').toLowerCase(), family, end: offset + 5 }
}

function encode(query: Buffer, { name, family, end }: Question, answer: Exclude<DnsAnswer, 'silence'>): Buffer {
  const cname = typeof answer === 'object' ? answer.cname : undefined
  const owner = cname ?? name
  const addresses = typeof answer === 'object' && 'addresses' in answer ? answer.addresses : []
  const records = [
    ...(cname === undefined ? [] : [record(name, types.CNAME, encodeName(cname))]),
    ...addresses
      .filter((address) => address.includes(':') === (family === 'AAAA'))
      .map((address) => record(owner, types[family], family === 'A' ? encodeIpv4(address) : encodeIpv6(address))),
  ]
  const head = Buffer.alloc(12)
  query.copy(head, 0, 0, 2)
  // A response that recurses, with the code (RFC 1035 §4.1.1).
  head.writeUInt16BE(0x8180 | (typeof answer === 'string' ? codes[answer] : 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  return Buffer.concat([head, query.subarray(12, end), ...records])
}

function record(owner: string, type: number, data: Buffer): Buffer {
  const fields = Buffer.alloc(10)
  fields.writeUInt16BE(type, 0)
  fields.writeUInt16BE(1, 2)
  fields.writeUInt32BE(60, 4)
  fields.writeUInt16BE(data.length, 8)
  return Buffer.concat([encodeName(owner), fields, data])
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'))
  return Buffer.concat([...labels, Buffer.from([0])])
}

function encodeIpv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}

/** Of the spellings of RFC 4291 §2.2 those without an IPv4 tail. */
function encodeIpv6(address: string): Buffer {
  const [head = [], tail = []] = address.split('::').map((side) => (side === '' ? [] : side.split(':')))
  const groups = [...head, ...new Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
