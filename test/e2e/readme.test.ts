import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitingReasons } from '#core/tasks/rules/waiting-reason.ts'
import { eventually } from '#support/assertions/eventually.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { freePort } from '#support/servers/free-port.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** What stands under a heading of the second level. */
function section(heading: string): string {
  const [, text] = readme.split(`\n## ${heading}\n`)
  if (text === undefined) throw new Error(`README.md has no section "${heading}"`)
  return text.split('\n## ')[0]!
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, of]) => of === language).map(([, , code]) => code!)
}

interface Program {
  child: ChildProcess
  output(): string
}

function start(command: string, args: string[], options: { cwd: string; env: Record<string, string> }): Program {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...userEnvironment, ...options.env } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk))
  return { child, output: () => output }
}

async function end({ child }: Program): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

describe('the walk through the API', () => {
  const walk = section('A walk through the API')
  const [receiverCode = ''] = blocks(section('Verify a webhook'), 'ts')
  const receipts = section('Verify a receipt')
  const programs: Program[] = []
  let folder: string
  let service: Service
  let origin: Origin

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backhaul-readme-'))
    ;[service, origin] = await Promise.all([startStandalone(join(folder, 'data')), startOrigin()])
    await writeFile(join(folder, 'receiver.ts'), receiverCode)
    await writeFile(join(folder, 'verify-receipt.ts'), blocks(receipts, 'ts').join(''))
    await writeFile(join(folder, 'package.json'), '{"type": "module"}')
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  })

  afterAll(async () => {
    await Promise.all(programs.map(end))
    await Promise.all([service?.end('SIGTERM'), origin?.close()])
    await rm(folder, { recursive: true, force: true })
  })

  /** One shell for all blocks, which a failing command ends; gives what a block has printed. */
  function startShell(env: Record<string, string>): (block: string) => Promise<string> {
    const shell = start('bash', ['-euo', 'pipefail'], { cwd: folder, env })
    programs.push(shell)
    let ran = 0
    return async (block) => {
      const before = shell.output().length
      const done = `--- block ${++ran} is done`
      shell.child.stdin?.write(`${block}\necho '${done}'\n`)
      await eventually(
        `this has run: ${block}`,
        () => {
          if (shell.child.exitCode !== null) return true
          return shell.output().includes(done)
        },
        { withinMs: 90_000 },
      )
      const printed = shell.output().slice(before)
      if (!printed.includes(done)) throw new Error(`this failed: ${block}\n${printed}`)
      return printed
    }
  }

  test('every command succeeds and shows what the text says', async () => {
    const [port, { key }] = await Promise.all([freePort(), newTenant(service.url)])
    const run = startShell({
      URL: service.url,
      KEY: key,
      FILE_URL: origin.serve('/data.bin', { bytes: 100_000 }),
      HOOK_URL: `http://127.0.0.1:${port}/`,
    })
    const [define, pull, task, file, events, stream, endpoint, wake, limiter, foreground, finish, ...others] = blocks(
      walk,
      'sh',
    )
    expect(others).toEqual([])
    await run(define!)
    expect(await run(pull!)).toContain('"identifier":"first","state":"active"')
    expect(await run(task!)).toMatch(/"state":"completed".*"bytes":100000/)
    expect(await run(file!)).toContain('"state":"permanent"')
    expect((await readFile(join(folder, 'file'))).equals(origin.content('/data.bin'))).toBe(true)
    expect(await run(events!)).toMatch(/"type":"task.finished_downloading".*"type":"task.completed".*"nextCursor":"/)

    expect(await run(stream!)).toMatch(/: connected[\s\S]*\nid: \S+\nevent: task.completed\ndata: {"id":"evt_/)

    // The block of another section, in the same shell.
    await run(blocks(receipts, 'sh').join(''))
    const verifier = start(process.execPath, ['verify-receipt.ts', service.url, 'receipt'], { cwd: folder, env: {} })
    programs.push(verifier)
    await once(verifier.child, 'close')
    const { iss: _public, ...shown } = JSON.parse(blocks(receipts, 'json').join('')) as Record<string, object>
    const said = JSON.parse(verifier.output()) as Record<string, object>
    expect(Object.keys(said).toSorted()).toEqual(Object.keys(shown).toSorted())
    expect(said).toMatchObject({ sessionIdentifier: 'first', file: { bytes: 100_000 }, response: { status: 200 } })

    const [WEBHOOK_SECRET = ''] = /whsec_\S+/.exec(await run(endpoint!)) ?? []
    const env = { WEBHOOK_SECRET, PORT: String(port) }
    const receiver = start(process.execPath, ['receiver.ts'], { cwd: folder, env })
    programs.push(receiver)
    await eventually('the receiver listens', async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 400)
    expect(await run(wake!)).toMatch(/"tasks":\[.*"state":"waiting"/)
    const finished = () => {
      if (receiver.output().includes('session.events_finished')) return true
      throw new Error(`the receiver: ${receiver.output()}\nthe service: ${service.output().slice(-2_000)}`)
    }
    await eventually('the wake is finished', finished, { withinMs: 30_000 })
    expect(receiver.output()).toBe(blocks(walk, 'text')[0])
    const limited = await run(limiter!)
    expect(limited).toContain('"delayAfterSeconds":60')
    expect(limited).toContain('"waitingFor":[{"reason":"wakeLimiter","until":"')
    const lease = await run(foreground!)
    expect(lease).toMatch(
      /"state":"background".*"delaySeconds":60[\s\S]*"state":"foreground".*"delaySeconds":0[\s\S]*"state":"background"/,
    )
    expect(await run(finish!)).toContain('"identifier":"first","state":"invalidated"')
  })
})

describe('the documents', () => {
  test('the README says of every reason why a task waits what can be done', () => {
    const rows = [...section('Why does my task wait?').matchAll(/^\| `(\w+)` \| .+ \| .+ \|$/gm)].map(
      ([, reason]) => reason!,
    )
    expect(rows.toSorted()).toEqual([...waitingReasons].toSorted())
  })
})
