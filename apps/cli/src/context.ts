import { Backhaul } from '@backhaul/sdk'
import type { Command } from 'commander'
import { calledWrongly } from './command-error.ts'
import { createOutput, type Output } from './output.ts'
import { type GlobalOptions, keyOf, readSettings, type Settings } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What a command works with. */
export interface Context {
  terminal: Terminal
  output: Output
  options: GlobalOptions
  /** Read when they are first asked for. Throws CommandError. */
  settings(): Promise<Settings>
  /** A client with the tenant's key. Throws CommandError when there is none. */
  client(): Promise<Backhaul>
  /** A client with the operator's token. */
  operator(): Promise<Backhaul>
  connect(url: string, apiKey: string): Backhaul
}

/** Begins a command's action: reads the options that all commands have. */
export type Start = (command: Command) => Context

/** Between two notes that the service is still away. */
const noteEveryMs = 10_000
/** Somebody waits in front of it; `wait` and streams bear with a service that is away by themselves. */
const maxRetries = 2

/** `known` hears at which address the service is. */
export function createContext(terminal: Terminal, options: GlobalOptions, known: (url: string) => void): Context {
  let read: Promise<Settings> | undefined
  const settings = () => {
    read ??= readSettings(options, terminal.env)
    return read
  }
  const output = createOutput(terminal, { json: options.json ?? false, quiet: options.quiet ?? false })
  const connect = (url: string, apiKey: string) => {
    known(url)
    return new Backhaul({ apiKey, baseUrl: url, maxRetries, onRetry: createOutageNotes(output.note) })
  }
  return {
    terminal,
    output,
    options,
    settings,
    connect,
    async client() {
      const { url, key } = await settings()
      if (key === null)
        throw calledWrongly('There is no API key: `backhaul login` keeps one, --key or BACKHAUL_API_KEY give one.')
      return connect(url.value, keyOf(key, 'key'))
    },
    async operator() {
      const { url, operatorToken } = await readSettings(options, terminal.env, { isOperator: true })
      if (operatorToken === null)
        throw calledWrongly(
          "There is no operator's token: `backhaul login --operator` keeps one, --key or BACKHAUL_OPERATOR_TOKEN give one.",
        )
      return connect(url.value, keyOf(operatorToken, 'operatorToken'))
    },
  }
}

/** A call that is repeated is told of, and not each time. */
function createOutageNotes(note: Output['note']): (why: { error: Error }) => void {
  let lastMs = Number.NEGATIVE_INFINITY
  return ({ error }) => {
    const nowMs = performance.now()
    if (nowMs - lastMs < noteEveryMs) return
    lastMs = nowMs
    note(`Trying again: ${error.message.replace(/\.$/, '')}.`)
  }
}
