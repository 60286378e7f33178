import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { ConfigError } from '#core/runtime/config.ts'
import { explainStart } from '#core/runtime/explain-start.ts'

const failsToListen = (port: number, host: string) =>
  new Promise<Error>((resolve) => createServer().on('error', resolve).listen(port, host))

it.each([
  ['192.0.2.77', 'it cannot listen at 192.0.2.77 (EADDRNOTAVAIL); set HOST to an address of this machine'],
  ['nowhere.invalid', /^the name nowhere\.invalid has no address \(E\w+\); set HOST to an address of this machine$/],
])('an API that cannot listen at %s names its setting', async (host, expected) => {
  const said = explainStart(await failsToListen(0, host)).replace('Backhaul cannot start: ', '')
  expect(said).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected))
})

it('a port that is in use, or too low, is said as the setting PORT', () => {
  const at = { port: 80, address: '0.0.0.0', syscall: 'listen' }
  expect(explainStart(Object.assign(new Error('x'), at, { code: 'EADDRINUSE' }))).toBe(
    'Backhaul cannot start: 0.0.0.0:80 is in use; set PORT to another one',
  )
  expect(explainStart(Object.assign(new Error('x'), at, { code: 'EACCES' }))).toBe(
    'Backhaul cannot start: it may not listen on port 80; set PORT to one above 1023',
  )
})

it.each([
  [
    '28P01',
    'password authentication failed for user "b"',
    'PostgreSQL refuses the user or the database of DATABASE_URL',
  ],
  ['3D000', 'database "b" does not exist', 'PostgreSQL refuses the user or the database of DATABASE_URL'],
  ['42501', 'permission denied for schema public', 'the user of DATABASE_URL lacks a right in PostgreSQL'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate', "the certificate of PostgreSQL's server is not accepted"],
  [undefined, 'The server does not support SSL connections', 'the sslmode of DATABASE_URL (or DATABASE_DIRECT_URL)'],
])('what PostgreSQL answers with %s names the setting, and what it said', (code, message, sentence) => {
  const said = explainStart(Object.assign(new Error(message), { code }))
  expect(said).toContain(`Backhaul cannot start: ${sentence}`)
  expect(said).toContain(message)
})

it('a file that a setting names wrongly is said with the settings that name files', () => {
  const { error } = failsToOpen('/nowhere/at/all')
  expect(explainStart(error)).toMatch(
    /^Backhaul cannot start: the file \/nowhere\/at\/all cannot be opened \(ENOENT\): is it WORKER_HEARTBEAT_FILE/,
  )
})

function failsToOpen(path: string): { error: unknown } {
  try {
    closeSync(openSync(path, 'r'))
    return { error: null }
  } catch (error) {
    return { error }
  }
}

it('errors of the environment are a line each, and an error without a message is its code', () => {
  expect(explainStart(new ConfigError(['A is wrong', 'B is wrong']))).toBe(
    'Backhaul cannot start, its environment has errors:\n  - A is wrong\n  - B is wrong',
  )
  expect(explainStart(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toBe(
    'Backhaul cannot start: ECONNREFUSED',
  )
})
