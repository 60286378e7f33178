import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import type { S3Address } from './s3-address.ts'
import { findProgram, type ServerProcess, startProcess, type TestServer } from './server-process.ts'

const run = promisify(execFile)
const programs = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'monmaptool']

/** Debian's packages of a Ceph with an S3 gateway. */
export const cephPackages = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-mgr', 'ceph-base', 'ceph-common']

export const hasCeph = (): boolean => programs.every((name) => findProgram(name) !== null)

/** The smallest Ceph: one monitor, one store in a sparse file, one S3 gateway, all on 127.0.0.1, data in a temporary folder. */
export async function startCeph(): Promise<TestServer<S3Address>> {
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-ceph-'))
  const daemons: ServerProcess[] = []
  const stop = async () => {
    // Stop the gateway first and the monitor last, so that no process waits for one that is gone.
    for (const daemon of daemons.toReversed()) await daemon.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    return { address: await bringUp(directory, daemons), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function bringUp(directory: string, daemons: ServerProcess[]): Promise<S3Address> {
  const [fsid, osdId] = [randomUUID(), randomUUID()]
  const [monitorPort, gatewayPort] = [await freePort(), await freePort()]
  const monitorAddress = `v1:127.0.0.1:${monitorPort}`
  const endpoint = `http://127.0.0.1:${gatewayPort}`
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }
  const conf = join(directory, 'ceph.conf')
  await writeFile(conf, configuration({ directory, fsid, monitorAddress, gatewayPort }))
  await Promise.all(['mon', 'osd', 'rgw'].map((name) => mkdir(join(directory, name))))

  const tool = async (name: string, args: string[]) =>
    (await run(findProgram(name) ?? name, args, { timeout: 30_000 })).stdout
  const daemon = (name: string, args: string[]) => {
    const started = startProcess(findProgram(name) ?? name, ['-f', '-c', conf, ...args])
    daemons.push(started)
    return started
  }

  const monitorMap = join(directory, 'monmap')
  await tool('monmaptool', ['--create', '--addv', 'a', `[${monitorAddress}]`, '--fsid', fsid, monitorMap])
  await tool('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monitorMap])
  const monitor = daemon('ceph-mon', ['-i', 'a'])
  const ask = (...command: string[]) => tool('ceph', ['-c', conf, '--connect-timeout', '10', ...command])
  await monitor.ready('the monitor registers a store', () => ask('osd', 'new', osdId), 30_000)
  await tool('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osdId])
  // Place the store on the map: by itself it may try that before it knows the cluster's id, and give up.
  await ask('osd', 'crush', 'add', 'osd.0', '1', 'root=default', 'host=localhost')
  const osd = daemon('ceph-osd', ['-i', '0'])
  await osd.ready('the store is up', async () => /\b1 up\b/.test(await ask('osd', 'stat')), 30_000)
  const gateway = daemon('radosgw', ['-n', 'client.rgw'])
  await gateway.ready('the gateway answers', async () => (await fetch(endpoint)).ok, 60_000)
  const { accessKeyId, secretAccessKey } = credentials
  const keys = [`--access-key=${accessKeyId}`, `--secret=${secretAccessKey}`]
  await tool('radosgw-admin', ['-c', conf, 'user', 'create', '--uid=test', '--display-name=test', ...keys])
  return { endpoint, region: 'us-east-1', credentials, bucket: null }
}

function configuration(options: {
  directory: string
  fsid: string
  monitorAddress: string
  gatewayPort: number
}): string {
  const { directory, fsid, monitorAddress, gatewayPort } = options
  return `[global]
fsid = ${fsid}
mon initial members = a
mon host = ${monitorAddress}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail crit = 1
run dir = ${directory}
admin socket = ${directory}/$cluster-$name.asok
log to file = false
log to stderr = true
err to stderr = true
pid file =
osd objectstore = bluestore
bluestore block size = 34359738368
osd memory target = 1073741824
osd max object name len = 1024
rgw gc obj min wait = 1
rgw gc processor period = 5
[mon.a]
mon data = ${directory}/mon
[osd.0]
osd crush update on start = false
osd class update on start = false
osd data = ${directory}/osd
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort}
rgw data = ${directory}/rgw
`
}
