import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { GivenSimulation } from '@backhaul/sdk'
import { Command } from 'commander'
import { calledWrongly } from '../command-error.ts'
import type { Context, Start } from '../context.ts'
import { readCount } from '../list-options.ts'
import { limiterSentences, simulationLines } from '../rules/limiter-plot.ts'

interface Options {
  simulate?: string
  think: number
  transfer: number
}

const examples = `
A chain is a client that creates a task, is woken when it has ended, thinks, and creates the next one. A pattern is a file as
POST /v1/limiter/simulate takes it: {"pattern": [{"at": 0, "do": "create", "tasks": 3, "transferSeconds": 10}, …]}.

Examples:
  $ backhaul limiter
  $ backhaul limiter --simulate 10 --think 5 --transfer 30
  $ backhaul limiter --simulate pattern.json
`

/** `backhaul limiter`. */
export function limiterCommand(start: Start): Command {
  return new Command('limiter')
    .description('Show the wake limiter, or simulate it.')
    .option('--simulate <chain or file>', 'the number of tasks of a chain, or a file with a pattern (-: stdin)')
    .option('--think <seconds>', 'of a chain: between a wake and the next task', readCount, 1)
    .option('--transfer <seconds>', 'of a chain: how long each task takes', readCount, 1)
    .addHelpText('after', examples)
    .action(async (options: Options, command: Command) => {
      const context = start(command)
      const { terminal, output, client } = context
      const { limiter } = await client()
      const signal = terminal.stopping
      if (options.simulate === undefined) {
        const now = await limiter.get({ signal })
        return output.one(now, () => limiterSentences(now, Date.now()))
      }
      const simulation = await limiter.simulate(await givenSimulation(context, options.simulate, options), { signal })
      output.one(simulation, () => simulationLines(simulation, terminal.stdoutSize()?.columns ?? 80))
    })
}

async function givenSimulation(
  { terminal }: Context,
  text: string,
  { think, transfer }: Options,
): Promise<GivenSimulation> {
  if (/^\d+$/.test(text)) return { chain: { count: Number(text), thinkSeconds: think, transferSeconds: transfer } }
  const json = text === '-' ? await terminal.stdin.read() : await readFile(resolve(terminal.directory, text), 'utf8')
  try {
    return JSON.parse(json) as GivenSimulation
  } catch {
    throw calledWrongly(`${text} is no JSON: it must be like {"pattern": […]}.`)
  }
}
