/** A static origin on loopback: nginx when it is installed, else our own. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../test/support/free-port.ts'
import { bytesOf, startOrigin } from '../test/support/origin.ts'
import { findProgram, startProcess } from '../test/support/server-process.ts'

export interface StaticOrigin {
  name: 'nginx' | 'our own'
  urls: string[]
  stop(): Promise<void>
}

/** Serves `files` files of `bytes` bytes. What nginx needs is written below `folder`. */
export async function startStaticOrigin(folder: string, files: number, bytes: number): Promise<StaticOrigin> {
  const paths = Array.from({ length: files }, (_, n) => `file-${n}`)
  const nginx = findProgram('nginx')
  if (!nginx) {
    const own = await startOrigin()
    return { name: 'our own', urls: paths.map((path) => own.serve(`/${path}`, { bytes, seed: path })), stop: own.close }
  }
  const root = join(folder, 'origin')
  await mkdir(root, { recursive: true })
  for (const path of paths) await writeFile(join(root, path), bytesOf(path, bytes))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const conf = join(folder, 'nginx.conf')
  await writeFile(conf, configuration(folder, root, port))
  const server = startProcess(nginx, ['-p', folder, '-c', conf, '-e', 'stderr', '-g', 'daemon off;'])
  await server.ready('nginx answers', async () => (await fetch(`${url}/${paths[0]}`)).ok, 10_000)
  return { name: 'nginx', urls: paths.map((path) => `${url}/${path}`), stop: server.stop }
}

/** One process is enough, takes no core from who is measured, and is gone when it is killed. */
function configuration(folder: string, root: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
${temporary.map((name) => `  ${name}_temp_path ${folder}/nginx-${name};`).join('\n')}
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`
}
