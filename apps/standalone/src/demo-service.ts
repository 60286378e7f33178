import { join } from 'node:path'
import { createLogger, openRuntime, readConfig } from '@backhaul/core'
import { startStandalone } from './standalone.ts'

export interface DemoService {
  url: string
  adminToken: string
  stop(): Promise<void>
}

/** Runs the service of `npm start` in this process, with all data and the log in `dataDir`. The environment is ignored. */
export async function openService(dataDir: string): Promise<DemoService> {
  const settings = {
    DATA_DIR: dataDir,
    PORT: '0',
    // The demo's origin and receiver are on loopback, which downloads and webhooks may not reach by default.
    EGRESS_ALLOW_CIDRS: '127.0.0.0/8',
  }
  const config = readConfig(settings, 'standalone')
  const log = await createLogger(config.logLevel, { path: join(dataDir, 'service.log') })
  const runtime = await openRuntime(config, log)
  try {
    const { url, stop } = await startStandalone(runtime)
    return { url, adminToken: runtime.adminTokens[0]!, stop: () => stop().finally(runtime.close) }
  } catch (error) {
    await runtime.close()
    throw error
  }
}
