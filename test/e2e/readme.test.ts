import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { documentBlocks } from '#support/client/document-blocks.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openReaderShell, type ReaderShell, readerFolder } from '#support/processes/reader-shell.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { freePort } from '#support/servers/free-port.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const blocks = documentBlocks('README.md')
const [start = '', receive = '', run = '', ...others] = blocks
  .filter(({ language }) => language === 'sh')
  .map(({ code }) => code)
const [program = ''] = blocks.filter(({ language }) => language === 'ts').map(({ code }) => code)

describe('the first task and its webhook', () => {
  const shells: ReaderShell[] = []
  let folder: string
  let service: Service
  let origin: Origin

  beforeAll(async () => {
    folder = await readerFolder()
    ;[service, origin] = await Promise.all([startStandalone(join(folder, 'data')), startOrigin()])
  })
  afterAll(async () => {
    for (const shell of shells) await shell.end()
    await Promise.all([service?.end('SIGTERM'), origin?.close()])
    await rm(folder, { recursive: true, force: true })
  })

  test('they take six commands', () => {
    expect(others).toEqual([])
    expect(start).toBe('npm start\n')
    expect(`${start}${receive}${run}`.trim().split('\n')).toHaveLength(6)
  })

  test('every command succeeds, and the app hears of its task', async () => {
    const { key } = await newTenant(service.url)
    const port = await freePort()
    const fileUrl = origin.serve('/data.bin', { bytes: 100_000 })
    /** The text with what differs from reader to reader. */
    const filledIn = (text: string, ...more: [from: string, to: string][]) =>
      [['bh_…', key], ['https://example.com/', fileUrl], ['3000', String(port)], ...more].reduce(
        (all, [from, to]) => all.replaceAll(from!, to!),
        text,
      )
    const env = { BACKHAUL_URL: service.url, XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder }
    const openShell = () => {
      const shell = openReaderShell(folder, env)
      shells.push(shell)
      return shell
    }

    const second = openShell()
    second.start(filledIn(receive))
    const [endpointId = '', secret = ''] = await eventually('it listens for webhooks', () =>
      /as (whe_\w+).*secret: (whsec_\S+)/s.exec(second.output())?.slice(1),
    ).catch((error) => {
      throw new Error(second.output(), { cause: error })
    })
    expect((await readFile(join(folder, 'example.html'))).equals(origin.content('/data.bin'))).toBe(true)

    await writeFile(join(folder, 'app.ts'), filledIn(program))
    const third = openShell()
    third.start(filledIn(run, ['whe_…', endpointId], ['whsec_…', secret]))
    await eventually('the app has heard of it', () => third.output().includes('completed 100000 bytes\n')).catch(
      (error) => {
        throw new Error(`${third.output()}\n${second.output()}`, { cause: error })
      },
    )
    expect(third.output()).toMatch(/^tsk_\w+ waiting\n/m)
  })

  test('the app fits the types of the SDK', async () => {
    await writeFile(join(folder, 'app.ts'), program)
    const tsconfig = { extends: join(root, 'tsconfig.base.json'), include: ['app.ts'] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
    const tsc = join(root, 'node_modules/.bin/tsc')
    await promisify(execFile)(tsc, ['-p', folder], { cwd: root }).catch((error: { stdout: string }) => {
      throw new Error(error.stdout)
    })
  })
})

test('the README fits on two screens and has the two commands', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  expect(text.split('\n').length).toBeLessThanOrEqual(201)
  expect(text).toMatch(/^npm install && npm run demo( .*)?$/m)
  expect(text).toMatch(/^npm install && npm test( .*)?$/m)
})
