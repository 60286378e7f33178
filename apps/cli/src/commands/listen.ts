import { Command, InvalidArgumentError } from 'commander'
import { calledWrongly } from '../command-error.ts'
import type { Start } from '../context.ts'
import { endpointFiles } from '../listen/endpoint-files.ts'
import { listen } from '../listen/listen.ts'
import { readTarget } from '../listen/read-target.ts'
import { type StreamEndpoint, streamEndpoint } from '../listen/stream-endpoint.ts'
import { type ForwardedEvent, jsonLine, textLine } from '../rules/forwarded-event.ts'

interface Options {
  forwardTo?: string
  events: string[]
  session?: string
  printSecret?: true
}

const examples = `
It uses an endpoint of kind "stream", which it makes once for this machine and tenant and keeps, with its signing secret, in
$XDG_STATE_HOME/backhaul (~/.local/state/backhaul). A session delivers to it when it is created with
{"configuration": {"delegate": {"endpointId": "whe_…"}}}; the id is shown at the start.

Each delivery is forwarded as it came, signed, and your response decides as it would over HTTP: 2xx is received, anything else is tried
again later, and the body of an answer to a question is the decision. A target that does not answer is a failed attempt. What
happens while nobody listens comes as soon as somebody does.

Events go to stdout, one line each, everything else to stderr. Ctrl-C waits for what is in hand, and is no failure.

Examples:
  $ export BACKHAUL_URL=http://127.0.0.1:8080 BACKHAUL_API_KEY=bh_…
  $ backhaul listen --forward-to http://localhost:3000/webhooks
  $ WEBHOOK_SECRET=$(backhaul listen --print-secret) npm run dev
  $ backhaul listen --forward-to 3000 --events task.completed --json | jq .status
`

/** `backhaul listen`. */
export function listenCommand(start: Start): Command {
  return new Command('listen')
    .description('Forward webhooks to a server on this machine.')
    .option(
      '--forward-to <url>',
      'where to POST each delivery; a port alone means http://localhost:<port>/',
      readTarget,
    )
    .option('--events <types>', 'only these, separated by commas; wakes and questions always come', readTypes, [])
    .option('--session <identifier>', 'forward only what is of this session; the rest is acknowledged')
    .option('--print-secret', 'print the signing secret and end')
    .addHelpText('after', examples)
    .action(async (options: Options, command: Command) => {
      const context = start(command)
      const { terminal, output } = context
      const { forwardTo } = options
      if (forwardTo === undefined && !options.printSecret)
        throw calledWrongly('The target is missing: give --forward-to <url>.')
      const { url } = await context.settings()
      const client = await context.client()
      const files = endpointFiles(terminal.env, url.value)
      const endpoint = await streamEndpoint(
        { client, files, note: output.note, signal: terminal.stopping },
        options.printSecret ? null : options.events,
      )
      if (forwardTo === undefined || options.printSecret)
        return output.one({ endpointId: endpoint.id, secret: endpoint.secret }, () => [endpoint.secret])
      output.note(greeting(endpoint, url.value, forwardTo))
      const line = output.json ? jsonLine : textLine
      const say = { event: (event: ForwardedEvent) => output.line(line(event)), note: output.note }
      await listen({ client, say }, { endpoint, forwardTo, session: options.session }, terminal.stopping)
    })
}

function greeting({ id, secret }: StreamEndpoint, apiUrl: string, forwardTo: string): string {
  return `Listening on ${apiUrl} as ${id}, forwarding to ${forwardTo}
Signing secret: ${secret}
A session delivers here when it is created with {"configuration": {"delegate": {"endpointId": "${id}"}}}
Ctrl-C ends.`
}

function readTypes(text: string): string[] {
  const types = text.split(',').map((type) => type.trim())
  if (types.includes('')) throw new InvalidArgumentError('Give types like task.completed, separated by commas.')
  return types
}
