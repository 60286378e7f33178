import { execFile, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { outputPattern } from '#support/assertions/output-pattern.ts'
import { type DocumentBlock, documentBlocks } from '#support/client/document-blocks.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openReaderShell } from '#support/processes/reader-shell.ts'
import { newTenant, type Service, startStandalone } from '#support/processes/service.ts'
import { userEnvironment } from '#support/processes/user-environment.ts'
import { freePort } from '#support/servers/free-port.ts'
import { listens } from '#support/servers/listens.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync('docs/guide/*.md', { cwd: root }).toSorted()
/** Pages that need another surrounding say which test runs their commands. */
const hasOwnTest = (page: string) => {
  const [, test] = /^<!-- run by (test\/\S+) -->$/m.exec(readFileSync(join(root, page), 'utf8')) ?? []
  return test !== undefined && existsSync(join(root, test))
}
/** `api`, as the index shows it. */
const definition = documentBlocks('docs/guide/README.md').find(({ language }) => language === 'sh')!.code
const has = (block: DocumentBlock, word: string) => block.words.includes(word)
const isScript = ({ language }: DocumentBlock) => language === 'ts' || language === 'js'
/** How a program of the language is run, or only read, and the ending of its name. */
const interpreters: Record<string, { run?: string; check: string[]; ending: string }> = {
  ts: { run: 'node', check: [], ending: 'ts' },
  js: { run: 'node', check: [], ending: 'js' },
  python: { run: 'python3', check: ['python3', '-m', 'py_compile'], ending: 'py' },
  php: { check: ['php', '-l'], ending: 'php' },
  ruby: { check: ['ruby', '-c'], ending: 'rb' },
  go: { check: ['gofmt', '-e'], ending: 'go' },
}

/** The name of a block's file in the folder of its page. */
function nameOf(block: DocumentBlock): string {
  return block.file ?? `line-${block.line}.${interpreters[block.language]?.ending ?? 'txt'}`
}

let folder: string

/** A folder as a reader has it: what the checkout has installed, and the programs of the page. */
async function newFolder(page: string, kind: string): Promise<string> {
  const place = join(folder, `${basename(page, '.md')}-${kind}`)
  await mkdir(place)
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'))
  await writeFile(join(place, 'package.json'), '{"type": "module"}')
  for (const block of documentBlocks(page))
    if (block.file !== null || block.language in interpreters) await writeFile(join(place, nameOf(block)), block.code)
  return place
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backhaul-guide-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a page of the guide', () => {
  let service: Service
  let origin: Origin
  beforeAll(async () => {
    ;[service, origin] = await Promise.all([startStandalone(join(folder, 'data')), startOrigin()])
  })
  afterAll(async () => {
    await Promise.all([service?.end('SIGTERM'), origin?.close()])
  })

  test.each(pages.filter((page) => !hasOwnTest(page)))(
    'has commands that work and print what it says: %s',
    async (page) => {
      const [port, { key }, place] = await Promise.all([freePort(), newTenant(service.url), newFolder(page, 'run')])
      const fileUrl = origin.serve('/data.bin', { bytes: 100_000 })
      const shell = openReaderShell(place, {
        PATH: `${dirname(process.execPath)}${delimiter}${userEnvironment.PATH}`,
        URL: service.url,
        KEY: key,
        BACKHAUL_URL: service.url,
        BACKHAUL_API_KEY: key,
        FILE_URL: fileUrl,
        FILE_HOST: new URL(fileUrl).host,
        HOOK_URL: `http://127.0.0.1:${port}/`,
        PORT: String(port),
      })
      let printed = ''
      const take = async (block: DocumentBlock) => {
        const { language, code } = block
        if (language === 'sh' && has(block, 'background')) {
          await shell.startBeside(code)
          await eventually('the program listens', () => listens(port), { withinMs: 60_000 })
        } else if (language === 'sh' && !has(block, 'no-run'))
          printed = await shell.run(code, { mustFail: has(block, 'fails') })
        else if (has(block, 'run')) printed = await shell.run(`${interpreters[language]!.run} ${nameOf(block)}`)
        else if (has(block, 'output')) expect(printed).toMatch(outputPattern(code))
        else if (has(block, 'background')) {
          const shown = async () => outputPattern(code).test(await shell.outputBeside())
          await eventually('the program has printed this', shown, { withinMs: 60_000 }).catch(async (error) => {
            throw new Error(`${code}\n--- but:\n${await shell.outputBeside()}`, { cause: error })
          })
        }
      }
      try {
        await shell.run(definition)
        for (const block of documentBlocks(page))
          await take(block).catch((error) => {
            throw new Error(`${page}:${block.line}: ${error.message}`, { cause: error })
          })
      } finally {
        await shell.end()
      }
    },
  )
})

describe('the programs on the pages', () => {
  test('are right for the type checker', async () => {
    const places = await Promise.all(pages.map((page) => newFolder(page, 'types')))
    for (const [index, page] of pages.entries())
      for (const block of documentBlocks(page).filter(isScript)) {
        // Each a module of its own. JavaScript without types is only parsed.
        const nocheck = block.language === 'js' || has(block, 'no-check') ? '// @ts-nocheck\n' : ''
        const code = has(block, 'no-check') ? '' : block.code
        await writeFile(join(places[index]!, nameOf(block)), `${nocheck}${code}\nexport {}\n`)
      }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    const tsconfig = {
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, allowJs: true },
      include: ['*-types/*.ts', '*-types/*.js'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout } = await promisify(execFile)(tsc, ['-p', folder], { cwd: folder }).catch((error) => error)
    // TS18003: no page has a script.
    expect(stdout.replace(/^error TS18003.*\n/, '')).toBe('')
  })

  const others = pages.flatMap((page) =>
    documentBlocks(page).flatMap((block) => {
      const { check = [] } = interpreters[block.language] ?? {}
      return check.length > 0 && !has(block, 'no-check') ? [{ page, line: block.line, block, check }] : []
    }),
  )
  test.each(others)('are right for the interpreter, where there is one: $page:$line', async ({ block, check }) => {
    const [program = '', ...args] = check
    const file = join(folder, `${block.line}-${nameOf(block).replaceAll('/', '-')}`)
    await writeFile(file, block.code)
    const { error, status, stderr } = spawnSync(program, [...args, file], { encoding: 'utf8' })
    if (error === undefined) expect(stderr, stderr).toSatisfy(() => status === 0)
  })
})
