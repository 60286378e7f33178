import type { TestEndpoint } from '@backhaul/sdk'
import { Argument, Command } from 'commander'
import { CommandError, calledWrongly } from '../command-error.ts'
import type { Context, Start } from '../context.ts'
import { endpointFiles } from '../listen/endpoint-files.ts'
import { readTarget } from '../listen/read-target.ts'
import { sendSample } from '../listen/send-sample.ts'
import { exitCodes } from '../rules/exit-codes.ts'
import { oneLine } from '../rules/plain-text.ts'

type EventType = NonNullable<TestEndpoint['type']>
interface Options {
  to?: string
  secret?: string
  endpoint?: string
}

const types: EventType[] = [
  'task.finished_downloading',
  'task.completed',
  'session.wake',
  'session.events_finished',
  'session.invalidated',
  'wake.expired',
  'file.expired',
  'task.will_begin_delayed_request',
  'task.authentication_challenge',
  'endpoint.disabled',
  'endpoint.test',
]

const examples = `
Examples:
  $ backhaul trigger task.completed --to http://localhost:3000/webhooks    # signed with the secret of \`listen --print-secret\`
  $ backhaul trigger session.wake --to 3000 --secret whsec_…
  $ backhaul trigger endpoint.test --endpoint whe_…                        # the service sends an endpoint.test with an example in it
`

/** `backhaul trigger`. */
export function triggerCommand(start: Start): Command {
  return new Command('trigger')
    .description('Send a signed sample of an event to a URL, or to an endpoint.')
    .addArgument(new Argument('<event>', 'its type').choices(types))
    .option('--to <url>', 'a server on this machine; a port alone means http://localhost:<port>/', readTarget)
    .option('--secret <whsec_…>', 'what it is signed with (default: the secret of `listen` on this machine)')
    .option('--endpoint <id>', 'an endpoint, to which the service sends it')
    .addHelpText('after', examples)
    .action(async (type: EventType, options: Options, command: Command) => {
      const context = start(command)
      const { output, client } = context
      const { to: target, endpoint } = options
      if ((target === undefined) === (endpoint === undefined))
        throw calledWrongly('Say where it goes: --to or --endpoint.')
      if (endpoint !== undefined) {
        const sent = await (await client()).endpoints.test(endpoint, { type }, { signal: context.terminal.stopping })
        output.one(sent, () => [sent.deliveryId])
        return output.note(`Sent: \`backhaul deliveries show ${sent.deliveryId}\` tells what came back.`)
      }
      const secret = options.secret ?? (await secretOfListen(context))
      const sample = await sendSample(await client(), { type, secret, target: target! }, context.terminal.stopping)
      const { status, error, body = '' } = sample.response
      output.one({ type, target, ...sample }, () => [
        status === null ? `no answer: ${oneLine(error ?? '')}` : `${status} ${oneLine(body)}`.trimEnd(),
      ])
      if (status === null || status < 200 || status > 299)
        throw new CommandError(`${target} has not received it: only a 2xx says so.`, exitCodes.failed)
    })
}

async function secretOfListen({ terminal, settings }: Context): Promise<string> {
  const { url } = await settings()
  const [kept] = await endpointFiles(terminal.env, url.value).list()
  if (kept === undefined)
    throw calledWrongly(
      'There is no secret on this machine yet: give --secret, or call `backhaul listen --print-secret` once.',
    )
  return kept.secret
}
