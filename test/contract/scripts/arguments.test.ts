import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { userEnvironment } from '#support/processes/user-environment.ts'

const run = (script: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${script}.ts`, ...args], {
    env: userEnvironment,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

it.each(['migrate', 'keys', 'release', 'migration'])(
  'npm run %s helps, and says which option it does not know',
  (script) => {
    const help = run(script, '--help')
    expect(help).toMatchObject({ status: 0, stderr: '' })
    expect(help.stdout).toMatch(/^Usage: /)
    expect(run(script, '--nope')).toEqual({
      status: 2,
      stdout: '',
      stderr: `Unknown option '--nope'\n\n${help.stdout}`,
    })
  },
)

it.each(['migrate', 'keys'])('npm run %s takes no other arguments, and does nothing when it is given one', (script) => {
  expect(run(script, 'production')).toMatchObject({ status: 2, stdout: '' })
})
