import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { userEnvironment } from '#support/processes/user-environment.ts'

const entry = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))

/** Node gives its children sockets for pipes; ending one of these ends it for everybody who writes to it. */
test('what runs after it in a script can still write, where stdout is a socket', async () => {
  const script = `'${process.execPath}' '${entry}' --version; echo after`
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { env: userEnvironment })
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\nafter\n$/)
})

test('a full disk behind stdout is no success', async () => {
  const script = `'${process.execPath}' '${entry}' completion bash > /dev/full; echo $?`
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { env: userEnvironment })
  expect(stderr).toBe('backhaul: The disk is full (stdout): make room and try again.\n')
  expect(stdout).toBe('5\n')
})
