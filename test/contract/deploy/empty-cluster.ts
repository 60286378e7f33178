import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Manifest } from './manifest.ts'

/** Says which kinds there are, those of `objects`, and has no objects. Enough for what kubectl does before it changes something. */
export async function startEmptyCluster(objects: readonly Manifest[]): Promise<{ url: string; close(): void }> {
  const kinds = [...new Set(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))].map((each) => {
    const [groupVersion = '', kind = ''] = each.split(' ')
    return { groupVersion, kind }
  })
  const versions = [...new Set(kinds.map(({ groupVersion }) => groupVersion))].filter((each) => each !== 'v1')
  const named = (groupVersion: string) => ({ groupVersion, version: groupVersion.split('/')[1] })
  const groups = versions.map((each) => ({
    name: each.split('/')[0],
    versions: [named(each)],
    preferredVersion: named(each),
  }))
  const resources = (groupVersion: string) => ({
    kind: 'APIResourceList',
    groupVersion,
    resources: kinds
      .filter((each) => each.groupVersion === groupVersion)
      .map(({ kind }) => ({ name: pluralOf(kind), kind, namespaced: true, verbs: ['get', 'create', 'patch'] })),
  })
  const pages: Record<string, object> = {
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups },
    '/api/v1': resources('v1'),
    ...Object.fromEntries(versions.map((each) => [`/apis/${each}`, resources(each)])),
  }
  const server = createServer((request, response) => {
    const page = pages[(request.url ?? '').split('?', 1)[0]!]
    const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }
    response.writeHead(page ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(page ?? missing))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function pluralOf(kind: string): string {
  return kind.toLowerCase().replace(/y$/, 'ie').concat('s')
}
