import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall } from './apt.ts'
import { freePort } from './free-port.ts'
import { findProgram, startProcess, type TestServer } from './server-process.ts'

/** Makes `prometheus` and `promtool` available, from the Debian package if they are not on the path. */
export async function needPrometheus(): Promise<void> {
  if (!findProgram('promtool')) await aptInstall(['prometheus'])
  if (!findProgram('promtool')) throw new Error('The tests need promtool: install the package prometheus.')
}

/** A Prometheus that scrapes these processes every second as the job "backhaul", with the alerts of `rules`. */
export async function startPrometheus(targets: readonly string[], rules: string): Promise<TestServer<string>> {
  await needPrometheus()
  const directory = await mkdtemp(join(tmpdir(), 'backhaul-prometheus-'))
  const config = join(directory, 'prometheus.json')
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: [{ job_name: 'backhaul', static_configs: [{ targets }] }],
    }),
  )
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const server = startProcess(findProgram('prometheus')!, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  const stop = async () => {
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const isReady = async () => (await fetch(`${address}/-/ready`).catch(() => null))?.ok === true
    await server.ready('Prometheus answers', isReady, 60_000)
  } catch (error) {
    await stop()
    throw error
  }
  return { address, stop }
}
