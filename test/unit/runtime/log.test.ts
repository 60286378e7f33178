import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger, type Logger } from '#core/runtime/log.ts'
import { switchLogLevel } from '#core/runtime/switch-log-level.ts'
import { logEvents } from '#scripts/log-events.ts'

/** Programs may rely on these: a name is never changed, only added. */
const events = [
  'announcer.connection_lost',
  'api_keys.note_uses_failed',
  'api_keys.watch_failed',
  'bandwidth.not_divided',
  'clock.off',
  'database.awaited',
  'delivery.attempted',
  'delivery.left',
  'delivery_stream.lane_failed',
  'delivery_stream.watch_failed',
  'dispatch.step_failed',
  'encryption.key_chosen',
  'encryption.key_missing',
  'encryption.keys_released',
  'encryption.rows_moved',
  'event_stream.watch_failed',
  'guesses.counted_alone',
  'guesses.refused',
  'log.level_changed',
  'migration.locked',
  'operations.failed',
  'operations.listening',
  'postgres.died',
  'postgres.left_one_stopped',
  'postgres.not_restarted',
  'process.close_failed',
  'process.not_stopped',
  'process.stopping',
  'queue.hint_failed',
  'queue.trouble',
  'redis.awaited',
  'redis.connected',
  'redis.may_evict',
  'redis.refused',
  'request.answered',
  'request.failed',
  'requests.counted_alone',
  'row_security.locked',
  'row_security.off',
  'server.listening',
  'traces.not_sent',
  'transfer.ended',
  'transfer.internal_error',
  'transfer.lease_not_renewed',
  'transfer.not_begun',
  'transfer.not_settled',
  'transfer.orphan_lost',
  'transfer.rate_lost',
  'usage.requests_lost',
  'watchdog.off',
  'worker.drained',
  'worker.draining',
  'worker.hung',
  'worker.started',
]

const sources = globSync('{apps,packages}/*/src/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }))

test('every event of the log is in the list, and nothing else is', () => {
  expect([...new Set(logEvents().map(({ event }) => event))]).toEqual(events)
})

test('every log line of ours names its event first', () => {
  const calls = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\blog\.(?:debug|info|warn|error|fatal)\((.{0,40})/gs)].map(([, given = '']) => ({
      path,
      given,
    })),
  )
  // One is written by the watchdog, which is no TypeScript.
  expect(calls.length).toBeGreaterThanOrEqual(events.length - 1)
  expect(calls.filter(({ given }) => !/^(\s*\{\s*event: '|fields, )/.test(given))).toEqual([])
})

async function linesOf(write: (log: Logger) => void, pretty = false): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'backhaul-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'log')
  write(await createLogger('info', { path, pretty }))
  return readFileSync(path, 'utf8')
}

test('for programs, a line is one JSON object', async () => {
  const line = await linesOf((log) => log.info({ event: 'worker.started', concurrency: 16 }, 'worker started'))
  expect(JSON.parse(line)).toMatchObject({ level: 30, event: 'worker.started', concurrency: 16, msg: 'worker started' })
})

test('what a library logs has an event too, and no field comes twice', async () => {
  const lines = await linesOf((log) => {
    log.warn('of a library')
    log.info({ event: 'worker.started' }, 'ours')
  })
  const events = lines
    .trimEnd()
    .split('\n')
    .map((line) => line.match(/"event":"[^"]*"/g))
  expect(events).toEqual([['"event":"library"'], ['"event":"worker.started"']])
})

test('for people, a line is a sentence with a time and a level', async () => {
  const line = await linesOf((log) => log.info({ event: 'worker.started', concurrency: 16 }, 'worker started'), true)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what a terminal gets.
  const plain = line.replace(/\x1b\[\d+m/g, '')
  expect(plain).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: worker started \{"concurrency":16\}\n$/)
})

test.each([
  ['info', 'debug'],
  ['warn', 'debug'],
  ['debug', 'info'],
  ['trace', 'info'],
  ['silent', 'debug'],
])('a log at level %s is switched to %s and back, and says so', async (configured, other) => {
  const folder = mkdtempSync(join(tmpdir(), 'backhaul-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'log')
  const log = await createLogger(configured, { path })
  switchLogLevel(log, configured)
  expect(log.level).toBe(other)
  switchLogLevel(log, configured)
  expect(log.level).toBe(configured)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).to)).toEqual([other, configured])
})
