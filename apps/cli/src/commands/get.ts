import type { Backhaul, GivenTask } from '@backhaul/sdk'
import { Command, InvalidArgumentError, Option } from 'commander'
import { CommandError, calledWrongly } from '../command-error.ts'
import type { Context, Start } from '../context.ts'
import { createTasks, ownSession } from '../get/create-tasks.ts'
import { fetchFile } from '../get/fetch-file.ts'
import { openTarget } from '../get/target.ts'
import { createWaitingNotes } from '../get/waiting-notes.ts'
import { inPool } from '../pool.ts'
import { openProgressDisplay } from '../progress-display.ts'
import { describeError, type Failure } from '../rules/describe-error.ts'
import { type ExitCode, exitCodes } from '../rules/exit-codes.ts'
import { headerOf, timeOf, type Wanted, wantedOf } from '../rules/given-url.ts'

interface Options {
  output?: string
  session?: string
  sha256?: string
  header?: Record<string, string>
  notBefore?: string
  detach?: true
  force?: true
  foreground?: true
}

const examples = `
The service fetches the file, retries and resumes, and then it is saved here: checked against its checksum, and under its name only when it
is whole (until then <name>.tsk_….part). When the link to the service breaks, saving goes on with the byte that is missing. The paths of the
files go to stdout, progress to stderr. Ctrl-C leaves the tasks running in the service.

Examples:
  $ backhaul get https://example.com/data.tar.gz
  $ backhaul get -o mirror/ https://example.com/a.iso https://example.com/b.iso
  $ backhaul get --not-before 22:00 --detach https://example.com/large.iso
  $ backhaul get tsk_01jd…        # the file of a task that exists

When your tenant was woken a moment ago, the wake limiter may hold a task back for some time; it is said on stderr. --foreground takes the
foreground lease for a moment, which lets every task of your tenant begin that is held back. The key needs the scope foreground.
`
/** What the lease has let through stays so: it need not last until the files are here. */
const leaseSeconds = 10
/** So many files are waited for and saved at once. */
const width = 8

/** `backhaul get`. */
export function getCommand(start: Start): Command {
  return new Command('get')
    .description('Download URLs through the service to this machine.')
    .argument('<url...>', 'URLs, or ids of tasks')
    .option('-o, --output <path>', 'a file, or a folder for files under their own names (default: this folder)')
    .option('-f, --force', 'replace a file that exists')
    .option('--session <identifier>', `of the tasks (default: ${ownSession}, which wakes nobody)`)
    .option('--sha256 <hex>', 'what the file must have', readSha256)
    .option('-H, --header <name: value>', 'sent to the origin; may be given more than once', readHeader)
    .option('--not-before <time>', 'begin then: 2026-12-01T03:00Z, 22:00, +2h', readTime)
    .option('--foreground', 'a user is looking: the wake limiter holds no task of your tenant back for now')
    .addOption(new Option('--wait', 'wait for the files and save them (default)').conflicts('detach'))
    .option('--detach', 'print the ids of the tasks and end')
    .addHelpText('after', examples)
    .action(async (texts: string[], options: Options, command: Command) => {
      const context = start(command)
      // A task has one file, however often it is named.
      const wanted = [...new Set(texts)].map((text) => {
        const one = wantedOf(text)
        if (one === null) throw calledWrongly(`"${text}" is no http or https URL.`)
        return one
      })
      if (options.sha256 && wanted.length > 1) throw calledWrongly('--sha256 is of one file: give one URL.')
      if (options.detach) return await detach(context, wanted, options)
      await fetchAll(context, wanted, options)
    })
}

/** Ids of the tasks, made where there are none. */
async function tasksOf({ terminal, output, client }: Context, wanted: readonly Wanted[], options: Options) {
  const urls = wanted.filter((one) => 'url' in one)
  const ports = { client: await client(), output, signal: terminal.stopping }
  const given = urls.map(({ url }) => taskFor(url, options))
  if (options.foreground) await takeForeground(ports)
  const created = (given.length > 0 ? await createTasks(ports, options.session, given) : []).values()
  return wanted.map((one) => ('url' in one ? created.next().value! : one.taskId))
}

/** A lease that another client has is left as it is: it would end with this one. */
async function takeForeground({ client, signal }: { client: Backhaul; signal: AbortSignal }): Promise<void> {
  const { state } = await client.limiter.get({ signal })
  if (state !== 'foreground') await client.foreground.enter({ ttlSeconds: leaseSeconds }, { signal })
}

function taskFor(url: string, { header, sha256, notBefore }: Options): GivenTask {
  return {
    ...(header ? { request: { url, headers: header } } : { url }),
    ...(sha256 ? { expected: { sha256 } } : {}),
    ...(notBefore ? { earliestBeginDate: notBefore } : {}),
  }
}

async function detach(context: Context, wanted: readonly Wanted[], options: Options): Promise<void> {
  const { output } = context
  if (options.output || options.force) throw calledWrongly('With --detach nothing is saved: leave out -o and --force.')
  const ids = await tasksOf(context, wanted, options)
  output.one(
    ids.map((id) => ({ taskId: id })),
    () => ids,
  )
  output.note(`The service fetches ${ids.length === 1 ? 'it' : 'them'}. ${laterSentence(ids)}`)
}

async function fetchAll(context: Context, wanted: readonly Wanted[], options: Options): Promise<void> {
  const { terminal, output } = context
  const signal = terminal.stopping
  const force = options.force ?? false
  const target = await openTarget(terminal.directory, options.output, { count: wanted.length, force })
  const { url } = await context.settings()
  const client = await context.client()
  const ids = await tasksOf(context, wanted, options)
  const progress = openProgressDisplay(terminal, output)
  const seen = createWaitingNotes(output.note)
  const ended = new Set<string>()
  const problems: { sentence: string; exitCode: ExitCode }[] = []
  ids.forEach((id, index) => {
    const one = wanted[index]!
    const name = 'url' in one ? target.nameOf({ response: null, originalRequest: { url: one.url, headers: {} } }) : id
    progress.update(id, { name, phase: 'waiting', received: 0, total: null })
  })
  try {
    await inPool(ids, width, async (id) => {
      try {
        const { task, saved } = await fetchFile({ client, progress, seen, signal }, id, target, force)
        if (output.json) output.record({ taskId: id, url: task.originalRequest.url, ...saved })
        else output.line(saved.path)
        for (const { code, detail } of task.warnings) output.note(`${saved.path}: ${detail} (${code})`)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        const problem = problemOf(error, url.value)
        problems.push(problem)
        if (ids.length > 1) output.problem(problem.sentence)
      }
      ended.add(id)
    })
  } catch (error) {
    progress.end()
    const open = ids.filter((id) => !ended.has(id))
    if (signal.aborted) output.note(`Interrupted; the service goes on. ${laterSentence(open, target.option)}`)
    throw error
  }
  progress.end()
  const [first] = problems
  if (first === undefined) return
  const exitCode = problems.every((problem) => problem.exitCode === first.exitCode) ? first.exitCode : exitCodes.failed
  throw new CommandError(
    ids.length === 1 ? first.sentence : `${problems.length} of ${ids.length} files are not here.`,
    exitCode,
  )
}

function problemOf(error: unknown, url: string): { sentence: string; exitCode: ExitCode } {
  if (error instanceof CommandError) return { sentence: error.message, exitCode: error.exitCode }
  const described = describeError(error as Failure, url)
  if (described === null) throw error
  return described
}

/** How to find the tasks again. */
function laterSentence(ids: readonly string[], option = ''): string {
  const some = ids.length > 3 ? [...ids.slice(0, 2), '…'] : ids
  return `\`backhaul get ${some.join(' ')}${option}\` saves what is fetched, \`backhaul why ${ids[0]}\` tells what it waits for.`
}

function readSha256(text: string): string {
  if (!/^[\da-f]{64}$/i.test(text)) throw new InvalidArgumentError('It must be 64 hexadecimal digits.')
  return text.toLowerCase()
}

function readHeader(text: string, before: Record<string, string> = {}): Record<string, string> {
  const header = headerOf(text)
  if (header === null) throw new InvalidArgumentError('It must be "Name: value".')
  return { ...before, [header[0]]: header[1] }
}

function readTime(text: string): string {
  const time = timeOf(text, new Date())
  if (time === null) throw new InvalidArgumentError('Give a time like 2026-12-01T03:00Z, 22:00 or +2h.')
  return time
}
