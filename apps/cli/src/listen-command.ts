import { Command, InvalidArgumentError, Option } from 'commander'
import { createApi } from './api.ts'
import { endpointFiles } from './endpoint-files.ts'
import { jsonLine, textLine } from './lines.ts'
import { listen } from './listen.ts'
import { type StreamEndpoint, streamEndpoint } from './stream-endpoint.ts'
import { CommandError, type Terminal } from './terminal.ts'

interface Options {
  forwardTo?: string
  apiUrl: string
  apiKey?: string
  events: string[]
  session?: string
  json?: true
  printSecret?: true
}

const examples = `
It uses an endpoint of kind "stream", which it makes once for this machine and tenant and keeps, with its signing secret, in
$XDG_STATE_HOME/backhaul (~/.local/state/backhaul). A session delivers to it when it is created with
{"configuration": {"delegate": {"endpointId": "whe_…"}}}; the id is shown at the start.

Each delivery is forwarded as it came, signed, and your response decides as it would over HTTP: 2xx is received, anything else is tried
again later, and the body of an answer to a question is the decision. A target that does not answer is a failed attempt. What
happens while nobody listens comes as soon as somebody does.

Events go to stdout, one line each, everything else to stderr. Ctrl-C waits for what is in hand. Exit code: 0 ended by you,
1 refused or impossible, 2 called wrongly.

Examples:
  $ export BACKHAUL_URL=http://127.0.0.1:8080 BACKHAUL_API_KEY=bh_…
  $ backhaul listen --forward-to http://localhost:3000/webhooks
  $ WEBHOOK_SECRET=$(backhaul listen --print-secret) npm run dev
  $ backhaul listen --forward-to 3000 --events task.completed --json | jq .status
`

/** `backhaul listen`. Its action throws CommandError. */
export function listenCommand(terminal: Terminal): Command {
  const { env, stdout, stderr, stopping } = terminal
  return new Command('listen')
    .description('Forward webhooks to a server on this machine.')
    .option(
      '--forward-to <url>',
      'where to POST each delivery; a port alone means http://localhost:<port>/',
      readTarget,
    )
    .addOption(
      new Option('--api-url <url>', 'the Backhaul API (BACKHAUL_URL)')
        .default(env.BACKHAUL_URL ?? 'http://127.0.0.1:8080')
        .argParser(readApiUrl),
    )
    .option('--api-key <key>', 'a key with the scopes read and write (BACKHAUL_API_KEY)')
    .option('--events <types>', 'only these, separated by commas; wakes and questions always come', readTypes, [])
    .option('--session <identifier>', 'forward only what is of this session; the rest is acknowledged')
    .option('--json', 'one JSON object a line')
    .option('--print-secret', 'print the signing secret and end')
    .addHelpText('after', examples)
    .action(async (options: Options) => {
      const apiKey = options.apiKey ?? env.BACKHAUL_API_KEY
      if (!apiKey) throw new CommandError('the API key is missing: give --api-key or set BACKHAUL_API_KEY', 2)
      const { forwardTo } = options
      if (forwardTo === undefined && !options.printSecret)
        throw new CommandError('the target is missing: give --forward-to <url>', 2)
      // A value from the environment has not been parsed yet.
      const apiUrl = apiUrlOf(options.apiUrl)
      const api = createApi(apiUrl, apiKey)
      const files = endpointFiles(env, apiUrl)
      const endpoint = await streamEndpoint({ api, files, stderr }, options.printSecret ? null : options.events)
      if (forwardTo === undefined || options.printSecret) return stdout(`${endpoint.secret}\n`)
      stderr(greeting(endpoint, apiUrl, forwardTo))
      const line = options.json ? jsonLine : textLine
      const say = { event: (event: Parameters<typeof line>[0]) => stdout(`${line(event)}\n`), note: noteTo(stderr) }
      await listen({ api, say, random: Math.random }, { endpoint, forwardTo, session: options.session }, stopping)
    })
}

function noteTo(stderr: Terminal['stderr']): (text: string) => void {
  return (text) => stderr(`${text}\n`)
}

function greeting({ id, secret }: StreamEndpoint, apiUrl: string, forwardTo: string): string {
  return `Listening on ${apiUrl} as ${id}, forwarding to ${forwardTo}
Signing secret: ${secret}
A session delivers here when it is created with {"configuration": {"delegate": {"endpointId": "${id}"}}}
Ctrl-C ends.
`
}

function readTarget(text: string): string {
  const url = httpUrl(/^\d{1,5}$/.test(text) ? `http://localhost:${text}/` : text)
  if (url === null) throw new InvalidArgumentError('It must be an http or https URL, or a port.')
  return url.href
}

function readApiUrl(text: string): string {
  if (httpUrl(text) === null) throw new InvalidArgumentError('It must be an http or https URL.')
  return text
}

function apiUrlOf(text: string): string {
  const url = httpUrl(text)
  if (url === null) throw new CommandError('BACKHAUL_URL must be an http or https URL', 2)
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** Accepts `localhost:3000` too. */
function httpUrl(text: string): URL | null {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  return url !== null && /^https?:$/.test(url.protocol) ? url : null
}

function readTypes(text: string): string[] {
  const types = text.split(',').map((type) => type.trim())
  if (types.includes('')) throw new InvalidArgumentError('Give types like task.completed, separated by commas.')
  return types
}
