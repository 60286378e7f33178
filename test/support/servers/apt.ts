import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { findProgram } from './server-process.ts'

const run = promisify(execFile)
const policy = '/usr/sbin/policy-rc.d'
const installMs = 300_000

/** Installations wait for each other: apt allows one at a time. */
let last: Promise<unknown> = Promise.resolve()

/** Installs Debian packages without asking anything or starting their services; false where that is not possible. */
export async function aptInstall(packages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || findProgram('apt-get') === null) return false
  const turn = last.then(() => installQuietly(packages))
  last = turn.catch(() => {})
  await turn
  return true
}

async function installQuietly(packages: readonly string[]): Promise<void> {
  // Debian asks this script whether a freshly installed service may be started (101: no). One that is there stays.
  const placed = await writeFile(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 }).then(
    () => true,
    () => false,
  )
  try {
    await install(packages).catch(async () => {
      // No package lists yet, or old ones.
      await aptGet(['update'])
      await install(packages)
    })
  } finally {
    if (placed) await rm(policy, { force: true })
  }
}

const install = (packages: readonly string[]) => aptGet(['install', '-y', '--no-install-recommends', ...packages])

async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const retryOptions = ['-o', 'DPkg::Lock::Timeout=120']
  await run('apt-get', [...retryOptions, ...args], { env, timeout: installMs, maxBuffer: 64 * 1024 * 1024 })
}
