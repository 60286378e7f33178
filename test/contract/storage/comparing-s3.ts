import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'

/**
 * What an S3 server does with the CRC-32 of a whole object whose parts bring none. `compares`: as Amazon's. `onlyEchoes`: it
 * says that it would, and does not. `wantsPartsToo`: it refuses parts without a checksum. `silent`: it knows nothing of it.
 */
export type ComparingManner = 'compares' | 'onlyEchoes' | 'wantsPartsToo' | 'silent'

/** Adds the comparison of checksums, in the given `manner`, to a real S3 server without it. Other requests pass through. */
export async function startComparingS3(endpoint: string, manner: ComparingManner) {
  const target = new URL(endpoint)
  const uploads = new Map<string, Map<number, Buffer>>()
  const compared: { wanted: string; found: string }[] = []
  let corrupting = 0
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const { searchParams } = new URL(incoming.url ?? '/', target)
    const uploadId = searchParams.get('uploadId') ?? ''
    const refuse = (code: string) => outgoing.writeHead(400).end(`<Error><Code>${code}</Code></Error>`)
    const echo: Record<string, string> = {}
    if (manner !== 'silent' && incoming.headers['x-amz-checksum-type'] && searchParams.has('uploads')) {
      echo['x-amz-checksum-algorithm'] = String(incoming.headers['x-amz-checksum-algorithm'])
      echo['x-amz-checksum-type'] = String(incoming.headers['x-amz-checksum-type'])
    }
    let sent = body
    if (incoming.method === 'PUT' && searchParams.has('partNumber')) {
      if (manner === 'wantsPartsToo') return void refuse('InvalidRequest')
      if (corrupting > 0) {
        corrupting -= 1
        sent = Buffer.from(body)
        sent[0] = sent[0]! ^ 1
      }
      const parts = uploads.get(uploadId) ?? new Map<number, Buffer>()
      uploads.set(uploadId, parts.set(Number(searchParams.get('partNumber')), sent))
    }
    const wanted = incoming.headers['x-amz-checksum-crc32']
    if (manner === 'compares' && incoming.method === 'POST' && uploadId && typeof wanted === 'string') {
      const parts = [...(uploads.get(uploadId) ?? [])].sort(([a], [b]) => a - b).map(([, bytes]) => bytes)
      const sum = Buffer.alloc(4)
      sum.writeUInt32BE(crc32(Buffer.concat(parts)))
      compared.push({ wanted, found: sum.toString('base64') })
      if (wanted !== sum.toString('base64')) return void refuse('BadDigest')
    }
    const { hostname, port } = target
    const { method, url: path, headers } = incoming
    const forwarded = request({ hostname, port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, { ...response.headers, ...echo })
      response.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    forwarded.end(sent)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What was compared when an upload was completed. */
    compared,
    /** The next part loses a bit on its way. */
    corruptNextPart() {
      corrupting += 1
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
