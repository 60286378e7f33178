import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../assertions/eventually.ts'
import { documentBlocks } from '../client/document-blocks.ts'
import { freePort } from '../servers/free-port.ts'
import { packPackages } from './packed-packages.ts'
import { openReaderShell, type ReaderShell } from './reader-shell.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Of a machine that reaches the registry through a proxy with an authority of its own. */
const { NODE_EXTRA_CA_CERTS } = process.env

export interface TypedCommand {
  /** As it stands in the text. */
  command: string
  seconds: number
}

export interface Walk {
  commands: TypedCommand[]
  /** From the last command's end to the verified webhook. */
  webhookSeconds: number
  /** What the app has printed of it. */
  shown: string
}

export interface Quickstart {
  /** The commands, one list for each terminal. */
  terminals: string[][]
  app: string
  /** What the app is said to print at the end. */
  shown: string
}

/** The text, taken apart. */
export function readQuickstart(): Quickstart {
  const blocks = documentBlocks('docs/guide/quickstart.md')
  const of = (wanted: string) => blocks.filter(({ language }) => language === wanted).map(({ code }) => code)
  return {
    terminals: of('sh').map((block) => block.trimEnd().split('\n')),
    app: of('js').join(''),
    shown: of('text').join(''),
  }
}

interface Walker {
  /** An empty folder. */
  folder: string
  /** What is downloaded. */
  fileUrl: string
  /** The folder of packages that Express is taken from. Default: the registry. */
  linkedFrom?: string
}

/**
 * Types the commands of the quickstart, each when the one before has ended or its server listens. Only what cannot be as in the text is
 * replaced: archives of the packages for their names, ports that are free, the file.
 */
export async function walkQuickstart({ folder, fileUrl, linkedFrom }: Walker): Promise<Walk> {
  const { terminals, app } = readQuickstart()
  const [sdk, webhooks, cli] = await packPackages(folder, ['sdk', 'webhooks', 'cli'])
  const [servicePort, appPort] = [String(await freePort()), String(await freePort())]
  const project = join(folder, 'app')
  await mkdir(project)
  await writeFile(join(project, 'app.mjs'), app)

  let key = ''
  const asHere = (command: string) =>
    command
      .replace(
        /^npm install @backhaul\/sdk @backhaul\/webhooks express$/,
        linkedFrom === undefined
          ? `npm install ${sdk} ${webhooks} express`
          : `npm install --offline ${sdk} ${webhooks} && ln -s ${linkedFrom}/express node_modules/express`,
      )
      .replace('npx @backhaul/cli', `npx --yes --package ${cli} backhaul`)
      .replace('bh_…', key)
      .replace('127.0.0.1:3000', `127.0.0.1:${appPort}`)
      .replace('https://example.com/', fileUrl)
  const places: { cwd: string; env: Record<string, string> }[] = [
    { cwd: root, env: { PORT: servicePort, OPERATIONS_PORT: '0', DATA_DIR: join(folder, 'data') } },
    {
      cwd: project,
      env: {
        PORT: appPort,
        BACKHAUL_URL: `http://127.0.0.1:${servicePort}`,
        ...(NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {}),
      },
    },
    { cwd: folder, env: {} },
  ]
  // What never ends is ready when it shows this.
  const servers = [/API reference/, /listening on/]
  const shells: ReaderShell[] = []
  const commands: TypedCommand[] = []
  try {
    for (const [index, lines] of terminals.entries()) {
      const { cwd, env } = places[index]!
      const shell = openReaderShell(cwd, env, folder)
      shells.push(shell)
      for (const command of lines) {
        const isLast = command === lines.at(-1)
        const from = performance.now()
        const until = isLast ? servers[index] : undefined
        const said = await shell.run(asHere(command), until ? { until } : {})
        commands.push({ command, seconds: (performance.now() - from) / 1000 })
        key ||= /API key +(bh_\S+)/.exec(said)?.[1] ?? ''
      }
    }
    const from = performance.now()
    const shownByApp = () => /^verified: .*\nsaved: .*\n/m.exec(shells[1]!.output())?.[0]
    const shown = await eventually('the app has verified a webhook and saved the file', shownByApp, { everyMs: 20 })
    return { commands, webhookSeconds: (performance.now() - from) / 1000, shown }
  } finally {
    for (const shell of shells.reverse()) await shell.end()
  }
}
