import type { ApiKey, GivenApiKey } from '@backhaul/sdk'
import { Command } from 'commander'
import type { Start } from '../context.ts'
import { idArgument } from '../id-argument.ts'
import { type ListOptions, noteMore, readList, withListOptions } from '../list-options.ts'
import { momentText } from '../rules/quantities.ts'
import type { Column } from '../rules/table.ts'

/** `backhaul keys`. */
export function keysCommand(start: Start): Command {
  const keys = new Command('keys').description('API keys of your tenant; needs one with the scope admin.')
  withListOptions(keys.command('list', { isDefault: true }).description('List them.')).action(
    async (options: ListOptions, command: Command) => {
      const { terminal, output, client } = start(command)
      const { apiKeys } = await client()
      const found = await readList((query) => apiKeys.list(query, { signal: terminal.stopping }), options)
      output.list(found, columns(Date.now()), 'There are no keys.')
      noteMore(output, found, options)
    },
  )
  keys
    .command('create <name>')
    .description('Create one, and print it: it is shown this once.')
    .option('--scopes <scopes>', 'separated by commas: read, write, foreground, admin', 'read,write')
    .option('--expires-at <time>', 'when it ends (RFC 3339)')
    .action(async (name: string, given: { scopes: string; expiresAt?: string }, command: Command) => {
      const { terminal, output, client } = start(command)
      const scopes = given.scopes.split(',').map((scope) => scope.trim()) as GivenApiKey['scopes']
      const body = { name, scopes, ...(given.expiresAt && { expiresAt: given.expiresAt }) }
      const created = await (await client()).apiKeys.create(body, { signal: terminal.stopping })
      output.one(created, () => [created.apiKey])
      output.note(`${created.key.id} is there.`)
    })
  keys
    .command('revoke')
    .addArgument(idArgument('key', '<id>'))
    .description('End one, at once and for good.')
    .action(async (id: string, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      await (await client()).apiKeys.revoke(id, { signal: terminal.stopping })
      output.one({ revoked: id }, () => [])
      output.note(`${id} is revoked.`)
    })
  keys
    .command('rotate')
    .addArgument(idArgument('key', '<id>'))
    .description('Replace one, and print its successor; both work for a day.')
    .action(async (id: string, _given: object, command: Command) => {
      const { terminal, output, client } = start(command)
      const created = await (await client()).apiKeys.rotate(id, {}, { signal: terminal.stopping })
      output.one(created, () => [created.apiKey])
      output.note(`${created.key.id} takes the place of ${id}.`)
    })
  return keys
}

function columns(nowMs: number): Column<ApiKey>[] {
  const state = ({ revokedAt, expiresAt }: ApiKey) =>
    revokedAt ? 'revoked' : expiresAt ? `expires ${momentText(expiresAt, nowMs)}` : 'valid'
  return [
    { title: 'KEY', of: ({ id }) => id },
    { title: 'NAME', of: ({ name }) => name, cuttable: true },
    { title: 'STATE', of: state, spare: 1 },
    { title: 'SCOPES', of: ({ scopes }) => scopes.join(','), spare: 2 },
    { title: 'HINT', of: ({ hint }) => (hint ? `…${hint}` : '-'), spare: 4 },
    { title: 'USED', of: ({ lastUsedAt }) => (lastUsedAt ? momentText(lastUsedAt, nowMs) : 'never'), spare: 3 },
  ]
}
