import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { type DocumentBlock, documentBlocks, fileOf } from '#support/client/document-blocks.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openReaderShell, type ReaderShell, readerFolder } from '#support/processes/reader-shell.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { freePort } from '#support/servers/free-port.ts'

const walk = documentBlocks('docs/guide/walk-through.md')
const receipts = documentBlocks('docs/guide/receipts.md')
const shells: ReaderShell[] = []
let folder: string
let service: Service
let origin: Origin

beforeAll(async () => {
  folder = await readerFolder()
  ;[service, origin] = await Promise.all([startStandalone(join(folder, 'data')), startOrigin()])
  await writeFile(join(folder, 'receiver.ts'), fileOf(walk, 'receiver.ts'))
  await writeFile(join(folder, 'verify-receipt.ts'), fileOf(receipts, 'verify-receipt.ts'))
})
afterAll(async () => {
  for (const shell of shells) await shell.end()
  await Promise.all([service?.end('SIGTERM'), origin?.close()])
  await rm(folder, { recursive: true, force: true })
})

function openShell(env: Record<string, string>): ReaderShell {
  const shell = openReaderShell(folder, env)
  shells.push(shell)
  return shell
}

/** Those that a reader copies into the first shell. */
const commands = (blocks: readonly DocumentBlock[]) =>
  blocks.filter(({ language, words }) => language === 'sh' && words.length === 0).map(({ code }) => code)

test('every command of the walk succeeds and shows what the text says', async () => {
  const [port, { key }] = await Promise.all([freePort(), newTenant(service.url)])
  const HOOK_URL = `http://127.0.0.1:${port}/`
  const FILE_URL = origin.serve('/data.bin', { bytes: 100_000 })
  const { run } = openShell({ URL: service.url, KEY: key, FILE_URL, HOOK_URL })
  const [define, pull, task, file, events, stream, endpoint, wake, limiter, foreground, finish, ...others] =
    commands(walk)
  expect(others).toEqual([])
  await run(define!)
  expect(await run(pull!)).toContain('"identifier":"first","state":"active"')
  expect(await run(task!)).toMatch(/"state":"completed".*"bytes":100000/)
  expect(await run(file!)).toContain('"state":"permanent"')
  expect((await readFile(join(folder, 'file'))).equals(origin.content('/data.bin'))).toBe(true)
  expect(await run(events!)).toMatch(/"type":"task.finished_downloading".*"type":"task.completed".*"nextCursor":"/)
  expect(await run(stream!)).toMatch(/: connected[\s\S]*\nid: \S+\nevent: task.completed\ndata: {"id":"evt_/)

  const [WEBHOOK_SECRET = ''] = /whsec_\S+/.exec(await run(endpoint!)) ?? []
  const second = openShell({ SECRET: WEBHOOK_SECRET, PORT: String(port) })
  second.start(walk.find(({ words }) => words.includes('background'))!.code)
  await eventually('the receiver listens', async () => (await fetch(HOOK_URL)).status === 400)
  expect(await run(wake!)).toMatch(/"tasks":\[.*"state":"waiting"/)
  const finished = () => {
    if (second.output().includes('session.events_finished')) return true
    throw new Error(`the receiver: ${second.output()}\nthe service: ${service.output().slice(-2_000)}`)
  }
  await eventually('the wake is finished', finished, { withinMs: 30_000 })
  expect(second.output()).toBe(
    walk.find(({ language, words }) => language === 'text' && words.includes('background'))!.code,
  )
  const limited = await run(limiter!)
  expect(limited).toContain('"delayAfterSeconds":60')
  expect(limited).toContain('"waitingFor":[{"reason":"wakeLimiter","until":"')
  const lease = await run(foreground!)
  expect(lease).toMatch(
    /"state":"background".*"delaySeconds":60[\s\S]*"state":"foreground".*"delaySeconds":0[\s\S]*"state":"background"/,
  )
  expect(await run(finish!)).toContain('"identifier":"first","state":"invalidated"')
})

test('the program that the guide shows verifies a receipt, which says what the text says', async () => {
  const { key } = await newTenant(service.url)
  const FILE_URL = origin.serve('/receipt.bin', { bytes: 100_000 })
  const { run } = openShell({ URL: service.url, KEY: key, FILE_URL })
  await run(commands(walk)[0]!)
  const [get, verify, ...others] = commands(receipts)
  expect(others).toEqual([])
  await run(get!)
  const printed = await run(verify!)
  const said = JSON.parse(printed.slice(0, printed.lastIndexOf('}') + 1)) as Record<string, object>
  const shown = JSON.parse(receipts.find(({ language }) => language === 'json')!.code) as Record<string, object>
  expect(Object.keys({ iss: '', ...said }).toSorted()).toEqual(Object.keys(shown).toSorted())
  expect(said).toMatchObject({
    sessionIdentifier: 'with-receipts',
    file: { bytes: 100_000 },
    response: { status: 200 },
  })
})
