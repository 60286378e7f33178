import { oneLine } from './plain-text.ts'

/** What has an id, by the prefix of its ids, and the command that lists them. */
const kinds = {
  task: { prefix: 'tsk', listedBy: 'backhaul ls' },
  delivery: { prefix: 'dlv', listedBy: 'backhaul deliveries' },
  endpoint: { prefix: 'whe', listedBy: 'backhaul endpoints' },
  key: { prefix: 'key', listedBy: 'backhaul keys' },
  tenant: { prefix: 'ten', listedBy: 'backhaul admin tenants' },
  worker: { prefix: 'wrk', listedBy: 'backhaul admin workers' },
} as const
export type IdKind = keyof typeof kinds

/** Why the text can be no id of that kind, in a sentence. Null: it may be one. */
export function idFault(kind: IdKind, text: string): string | null {
  const { prefix, listedBy } = kinds[kind]
  if (new RegExp(`^${prefix}_\\w+$`).test(text)) return null
  return `"${oneLine(text)}" is no id of a ${kind}: they are like ${prefix}_…, and \`${listedBy}\` lists them.`
}
