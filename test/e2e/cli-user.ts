import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { Client } from '#support/client/client.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { freePort } from '#support/servers/free-port.ts'
import { startCli } from './cli-process.ts'

type Environment = Record<string, string | undefined>

/** Somebody with a key, at a service of their own. */
export interface CliUser {
  service: Service
  origin: Origin
  client: Client
  key: string
  /** Where the user is, and the home folder: both empty for each test. */
  here: string
  home: string
  /** Of somebody who has logged in by environment. */
  env: Environment
  /** Runs `backhaul` to its end. */
  run(args: readonly string[], env?: Environment): Promise<{ code: number | null; stdout: string; stderr: string }>
  /** The same; it must end with this code and one sentence, after notes that it tries again. */
  refuses(args: readonly string[], code: number, sentence: RegExp, env?: Environment): Promise<{ stderr: string }>
  /** The id of a task that the service fetches by itself. */
  detached(url: string): Promise<string>
  /** What is where the user is. */
  listed(): Promise<string[]>
}

/** Takes address and key from the environment. */
export const loggedOut = { BACKHAUL_URL: undefined, BACKHAUL_API_KEY: undefined }

/** The service as users start it, for all tests of a file, and the real process of the command line. */
export function useCliUser(): CliUser {
  const user = {} as CliUser
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backhaul-cli-user-'))
    user.origin = await startOrigin()
    user.service = await startStandalone(join(folder, 'data'), { PORT: String(await freePort()) })
    const { client, key } = await newTenant(user.service.url)
    Object.assign(user, { client, key })
  })
  beforeEach(async () => {
    user.here = await mkdtemp(join(folder, 'here-'))
    user.home = await mkdtemp(join(folder, 'home-'))
    user.env = { HOME: user.home, BACKHAUL_URL: user.service.url, BACKHAUL_API_KEY: user.key }
  })
  afterAll(async () => {
    const { service } = user
    // Otherwise it says no more than that it could not be reached.
    if (service && (service.child.exitCode ?? service.child.signalCode) !== null)
      console.error(`The service has ended by itself:\n${service.output()}`)
    await service?.end('SIGTERM')
    await user.origin?.close()
    await rm(folder, { recursive: true, force: true })
  })
  user.run = async (args, env = {}) => {
    const cli = startCli(args, { ...user.env, ...env }, user.here)
    const code = await cli.ended
    return { code, stdout: cli.stdout(), stderr: cli.stderr() }
  }
  user.refuses = async (args, code, sentence, env) => {
    const ended = await user.run(args, env)
    expect(ended).toMatchObject({ code, stdout: '' })
    const lines = ended.stderr.trimEnd().split('\n')
    expect(lines.at(-1)).toMatch(/^backhaul: \S/)
    expect(lines.at(-1)).toMatch(sentence)
    // How long a failed attempt waits is drawn by lot; longer waits are told.
    const mayBeTold = /^Trying again: |waits\. An attempt has failed/
    expect(lines.slice(0, -1).filter((line) => !mayBeTold.test(line))).toEqual([])
    return ended
  }
  user.detached = async (url) => {
    const { stdout } = await user.run(['get', url, '--detach'])
    return stdout.trim()
  }
  user.listed = () => readdir(user.here)
  return user
}
