import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mint } from '#core/runtime/crypto.ts'
import { useStore } from '#support/builders/use-store.ts'
import { putObject } from '#support/storage/put-object.ts'
import { createFileObjects } from '#transfer/storage/disk/disk-object-store.ts'

const builder = useStore()
let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'backhaul-reconcile-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

function run(args: string[], env: Record<string, string> = {}) {
  const given = { ...process.env, DATABASE_URL: builder.connectionString, DATA_DIR: dataDir, ...env }
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/reconcile.ts', ...args], {
    env: given,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('npm run reconcile', () => {
  it('says what it would do, then does it, and exits with what is left', async () => {
    const objects = createFileObjects({ directory: join(dataDir, 'files'), signLink: () => '' })
    const key = `${mint.id('ten')}/tasks/${mint.id('tsk')}/1`
    await putObject(objects, { key, mimeType: 'text/plain' }, Buffer.from('nobody’s'))
    const young = run([])
    expect(young).toMatchObject({ status: 0, stderr: '' })
    expect(young.stdout).toContain('1 too young to judge')
    const dry = run(['--older-than', '0'])
    expect(dry).toMatchObject({ status: 2, stderr: '' })
    expect(dry.stdout).toContain(`found objectWithoutRow: ${key}`)
    expect(dry.stdout).toContain('Nothing was changed.')
    expect(await objects.head(key)).not.toBeNull()
    const repair = run(['--older-than', '0', '--repair'])
    expect(repair).toMatchObject({ status: 0, stderr: '' })
    expect(repair.stdout).toContain('Repaired 1 of 1.')
    expect(await objects.head(key)).toBeNull()
    expect(run(['--older-than', '0']).stdout).toContain('Database and storage agree.')
  })

  it('repairs nothing when storage and database seem not to belong together, unless it is told that they do', async () => {
    const objects = createFileObjects({ directory: join(dataDir, 'files'), signLink: () => '' })
    const tenant = mint.id('ten')
    const keys = Array.from({ length: 20 }, () => `${tenant}/tasks/${mint.id('tsk')}/1`)
    for (const key of keys) await putObject(objects, { key, mimeType: 'text/plain' }, Buffer.from('another’s'))
    const refused = run(['--repair', '--older-than', '0'])
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toContain('none of the first 20 objects of this storage is in the database')
    expect(await objects.head(keys[0]!)).not.toBeNull()
    expect(run(['--older-than', '0'])).toMatchObject({ status: 2 })
    expect(run(['--repair', '--older-than', '0', '--unrelated']).stdout).toContain('Repaired 20 of 20.')

    const session = await builder.session()
    const tasks = await builder.tasks(session, ...Array.from({ length: 20 }, () => ({})))
    for (const { id } of tasks) await builder.complete(id)
    const missing = run(['--repair'])
    expect(missing).toMatchObject({ status: 1, stdout: '' })
    expect(missing.stderr).toContain('none of the first 20 files of the database is in this storage')
    expect(run(['--repair', '--unrelated']).stdout).toContain('Repaired 20 of 20.')
  })

  it.each([[[]], [['--repair', '--unrelated']]])(
    '%j makes no DATA_DIR that is not there, and names it',
    async (args) => {
      const absent = join(dataDir, 'absent')
      const { status, stdout, stderr } = run(args, { DATA_DIR: absent })
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
      expect(stderr).toBe(
        `DATA_DIR ${absent} cannot be read (ENOENT): set it to the folder with the files of the workers. Nothing was changed.\n`,
      )
      expect(await readdir(dataDir)).not.toContain('absent')
    },
  )

  it('takes no file for a DATA_DIR', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    expect(run([], { DATA_DIR: file }).stderr).toContain(`DATA_DIR ${file} is no folder`)
  })

  it('writes nothing into a DATA_DIR that is empty', async () => {
    const empty = await mkdtemp(join(dataDir, 'empty-'))
    expect(run([], { DATA_DIR: empty }).stdout).toContain('Looked at ')
    expect(await readdir(empty)).toEqual([])
  })

  it('says what the database said', () => {
    const url = new URL(builder.connectionString)
    url.pathname = '/nowhere'
    const { status, stderr } = run([], { DATABASE_URL: url.href })
    expect(status).toBe(1)
    expect(stderr).toContain('database "nowhere" does not exist')
  })

  it.each([
    [['--older-than', 'soon'], '--older-than must be a number of hours from 0 to 87600'],
    [['--older-than', ''], '--older-than must be a number of hours from 0 to 87600'],
    [['--tenant', 'me'], '--tenant must be the id of a tenant'],
    [['--fix'], "Unknown option '--fix'"],
  ])('refuses %j in one line', (args, sentence) => {
    const { status, stdout, stderr } = run(args)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain(sentence)
  })

  it('helps, and names the settings that it lacks', () => {
    expect(run(['--help']).stdout).toMatch(/^Usage: npm run reconcile -- \[--repair\]/)
    const { status, stderr } = run([], { DATABASE_URL: '' })
    expect(status).toBe(1)
    expect(stderr).toContain('DATABASE_URL is required')
  })
})
