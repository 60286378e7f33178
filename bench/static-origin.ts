/** The origin for benches of transfers: serves a folder over HTTP and TLS, by nginx, or by Node where nginx is missing. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { makeAuthority, makeCertificate } from '#support/origins/certificates.ts'
import { aptInstall } from '#support/servers/apt.ts'
import { freePort } from '#support/servers/free-port.ts'
import { findProgram, startProcess } from '#support/servers/server-process.ts'

export interface StaticOrigin {
  /** For the report. */
  name: string
  /** Put files here. */
  folder: string
  /** The path of the authority's certificate, for clients of {@link tlsUrl}. */
  authorityPath: string
  /** Addresses 127.0.0.1 to 127.0.0.8 with nginx, only the first without. */
  url(file: string, address?: string): string
  tlsUrl(file: string): string
  /** Body bytes of all responses so far. nginx counts a response when it has ended, Node while it is sent. */
  bytesSent(): Promise<number>
  close(): Promise<void>
}

/** `folder` must exist; certificates and files of the server go there too. */
export async function startStaticOrigin(folder: string): Promise<StaticOrigin> {
  if (!findProgram('nginx')) await aptInstall(['nginx-light'])
  return findProgram('nginx') ? await startNginx(folder) : await startOwnOrigin(folder)
}

async function prepare(folder: string) {
  const files = join(folder, 'www')
  await mkdir(files, { recursive: true })
  const authority = makeAuthority('Bench Authority')
  const { cert, key } = makeCertificate({ subject: '127.0.0.1', issuer: authority })
  const paths = { authority: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await Promise.all([
    writeFile(paths.authority, authority.cert),
    writeFile(paths.cert, cert),
    writeFile(paths.key, key, { mode: 0o600 }),
  ])
  return { files, cert, key, paths }
}

async function startNginx(folder: string): Promise<StaticOrigin> {
  const { files, paths } = await prepare(folder)
  const [port, tlsPort] = [await freePort(), await freePort()]
  const program = findProgram('nginx')!
  const addresses = Array.from({ length: 8 }, (_, n) => `127.0.0.${n + 1}`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const log = join(folder, 'access.log')
  const conf = join(folder, 'nginx.conf')
  // One process, so that it ends with this one. The service treats several addresses as several hosts.
  await writeFile(
    conf,
    `daemon off;
master_process off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${join(folder, 'nginx.pid')};
error_log stderr error;
events { worker_connections 4096; }
http {
  log_format bytes '$bytes_sent';
  access_log ${log} bytes;
  keepalive_requests 1000000;
  sendfile on;
  tcp_nopush on;
  ${temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n  ')}
  server {
    ${addresses.map((address) => `listen ${address}:${port};`).join('\n    ')}
    listen 127.0.0.1:${tlsPort} ssl;
    ssl_certificate ${paths.cert};
    ssl_certificate_key ${paths.key};
    root ${files};
  }
}
`,
  )
  const server = startProcess(program, ['-e', 'stderr', '-p', folder, '-c', conf])
  await server.ready('nginx answers', async () => await fetch(`http://127.0.0.1:${port}/`), 10_000)
  const { stderr } = await promisify(execFile)(program, ['-v'])
  return {
    name: /nginx\/[\d.]+/.exec(stderr)?.[0].replace('/', ' ') ?? 'nginx',
    folder: files,
    authorityPath: paths.authority,
    url: (file, address = '127.0.0.1') => `http://${address}:${port}/${file}`,
    tlsUrl: (file) => `https://127.0.0.1:${tlsPort}/${file}`,
    bytesSent: async () =>
      (await readFile(log, 'latin1')).split('\n').reduce((sum, line) => sum + (Number(line) || 0), 0),
    close: () => server.stop(),
  }
}

/** Plain Node: slower than nginx, but it knows at any moment how much it has sent. */
export async function startOwnOrigin(folder: string): Promise<StaticOrigin> {
  const { files, cert, key, paths } = await prepare(folder)
  let sent = 0
  const serve: RequestListener = (request, response) =>
    void respond(files, request, response, (bytes) => {
      sent += bytes
    }).catch(() => response.destroy())
  const [plain, tls] = [createServer(serve), createTlsServer({ cert, key }, serve)]
  const portOf = async (server: typeof plain) => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const [port, tlsPort] = [await portOf(plain), await portOf(tls)]
  return {
    name: `Node ${process.version}`,
    folder: files,
    authorityPath: paths.authority,
    url: (file, address = '127.0.0.1') => `http://${address}:${port}/${file}`,
    tlsUrl: (file) => `https://127.0.0.1:${tlsPort}/${file}`,
    bytesSent: async () => sent,
    async close() {
      for (const server of [plain, tls]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

async function respond(
  files: string,
  request: IncomingMessage,
  response: ServerResponse,
  count: (bytes: number) => void,
): Promise<void> {
  const path = join(files, basename(new URL(request.url ?? '/', 'http://origin').pathname))
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) return void response.writeHead(404).end()
  const etag = `"${found.mtimeMs.toString(36)}-${found.size.toString(36)}"`
  response.setHeader('etag', etag).setHeader('accept-ranges', 'bytes')
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const condition = request.headers['if-range']
  let [start, end] = [0, found.size - 1]
  if (range && (condition === undefined || condition === etag)) {
    start = Number(range[1])
    end = range[2] ? Math.min(Number(range[2]), end) : end
    if (start > end) return void response.writeHead(416, { 'content-range': `bytes */${found.size}` }).end()
    response.statusCode = 206
    response.setHeader('content-range', `bytes ${start}-${end}/${found.size}`)
  }
  response.setHeader('content-length', end - start + 1)
  if (request.method === 'HEAD' || found.size === 0) return void response.end()
  for await (const chunk of createReadStream(path, { start, end, highWaterMark: 256 * 1024 })) {
    count((chunk as Buffer).length)
    if (!response.write(chunk)) await writable(response)
    if (response.destroyed) return
  }
  response.end()
}

/** Resolves when more can be written, or when the response has closed. */
function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle)
      resolve()
    }
    response.on('drain', settle).on('close', settle)
  })
}
