import { describe, expect, it } from 'vitest'
import { admits, reaches } from './reach.ts'
import { useRenderings } from './renderings.ts'

const ours = (component: string) => ({
  'app.kubernetes.io/name': 'backhaul',
  'app.kubernetes.io/instance': 'backhaul',
  'app.kubernetes.io/component': component,
})
const server = (component: string) => ({
  'app.kubernetes.io/part-of': 'backhaul-servers',
  'app.kubernetes.io/component': component,
})
const [api, worker, migration] = [ours('api'), ours('worker'), ours('migration')]
const everybody = [api, worker, migration]
const stranger = { app: 'stranger' }
const internal = [
  ...['10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.0.1', '168.63.129.16'],
  ...['::1', 'fd00::1', 'fe80::1', '2002:a00:1::'],
]
const places = ['base', 'managed', 'in-cluster'].flatMap((name) => [`${name}, Kustomize`, `${name}, Helm`])
const ways = ['Kustomize', 'Helm']

describe.skipIf(process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1')('the network in Kubernetes', () => {
  const { of } = useRenderings()

  it.each(places)('%s: lets clients to the API, Prometheus to the port of operators, and nothing else in', (name) => {
    const all = of(name)
    for (const pod of [api, worker]) {
      expect(admits(all, pod, { namespace: 'monitoring', labels: stranger }, 'operations')).toBe(true)
      expect(admits(all, pod, { labels: stranger }, 'operations')).toBe(false)
      expect(admits(all, pod, { address: '192.0.2.1' }, 'operations')).toBe(false)
    }
    expect(admits(all, api, { namespace: 'ingress', labels: stranger }, 'http')).toBe(true)
    for (const pod of [worker, migration]) expect(admits(all, pod, { labels: api }, 8080)).toBe(false)
  })

  it.each(places)('%s: lets workers out to the Internet, and nobody to what is not public', (name) => {
    const all = of(name)
    for (const pod of everybody) {
      expect(reaches(all, pod, { namespace: 'kube-system', labels: stranger }, 53)).toBe(true)
      for (const address of internal) expect([address, reaches(all, pod, { address }, 443)]).toEqual([address, false])
      expect(reaches(all, pod, { labels: stranger }, 443)).toBe(false)
      expect(reaches(all, pod, { labels: api }, 9464)).toBe(false)
    }
    for (const address of ['1.1.1.1', '93.184.216.34', '2606:4700::1'])
      for (const port of [80, 443, 8443]) {
        expect(reaches(all, worker, { address }, port)).toBe(true)
        expect(reaches(all, migration, { address }, port)).toBe(false)
        if (port !== 443) expect(reaches(all, api, { address }, port)).toBe(false)
      }
  })

  it.each(ways)('lets those who need a server in the cluster to it, and nobody else: %s', (way) => {
    const all = of(`in-cluster, ${way}`)
    const cases = [
      ['database', 5432, everybody],
      ['queue', 6379, [api, worker]],
      ['bucket', 8333, [api, worker]],
    ] as const
    for (const [component, port, users] of cases) {
      for (const pod of everybody) {
        const isUser = (users as readonly unknown[]).includes(pod)
        expect(reaches(all, pod, { labels: server(component) }, port)).toBe(isUser)
        expect(admits(all, server(component), { labels: pod }, port)).toBe(isUser)
        expect(admits(all, server(component), { labels: pod }, 22)).toBe(false)
      }
      expect(admits(all, server(component), { labels: stranger }, port)).toBe(false)
      expect(admits(all, server(component), { namespace: 'elsewhere', labels: api }, port)).toBe(false)
      expect(admits(all, server(component), { labels: server(component) }, port)).toBe(true)
    }
  })

  it.each(ways)('lets those who need a server of a cloud to its network and port: %s', (way) => {
    const all = of(`managed, ${way}`)
    for (const pod of everybody) {
      expect(reaches(all, pod, { address: '10.0.32.7' }, 5432)).toBe(true)
      expect(reaches(all, pod, { address: '10.0.32.7' }, 6379)).toBe(false)
      expect(reaches(all, pod, { address: '10.0.33.7' }, 6379)).toBe(pod !== migration)
      expect(reaches(all, pod, { address: '52.219.0.1' }, 443)).toBe(pod !== migration)
    }
  })
})
