import type { ApiKey, CreatedApiKey } from '@backhaul/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { isWorking, type KeyState, keyState, keysInOrder } from '../rules/key-state.ts'
import type { Tone } from '../rules/tone.ts'
import { useSearchFilters } from '../search-filters.ts'
import { serviceNowMs } from '../service.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { CreateKey } from './create-key.tsx'
import { Revoke, Rotate } from './end-key.tsx'
import { Failure } from './failure.tsx'
import type { KeysOf } from './keys-of.ts'
import { Pill } from './pill.tsx'
import { Secret } from './secret.tsx'
import { Time } from './time.tsx'

export function Keys({ of }: { of: KeysOf }) {
  const queries = useQueryClient()
  const [search, set] = useSearchFilters()
  const [shown, show] = useState<{ title: string; apiKey: string } | null>(null)
  const [creates, setCreates] = useState(false)
  const found = useQuery({ queryKey: of.queryKey, queryFn: ({ signal }) => of.list(signal) })
  const again = () => queries.invalidateQueries({ queryKey: of.queryKey })
  const made = (title: string) => (created: CreatedApiKey) => {
    show({ title, apiKey: created.apiKey })
    setCreates(false)
    return again()
  }
  const now = serviceNowMs()
  const all = keysInOrder(found.data ?? [], now)
  const working = all.filter((key) => isWorking(key, now))
  const withEnded = search.get('ended') === 'shown'
  const ended = all.length - working.length
  return (
    <>
      {shown ? <Secret {...shown} close={() => show(null)} /> : null}
      <Card
        title="Keys"
        aside={
          <Button kind="main" aria-expanded={creates} onClick={() => setCreates((shown) => !shown)}>
            Create a key
          </Button>
        }
      >
        {creates ? <CreateKey of={of} done={made('The new key')} close={() => setCreates(false)} /> : null}
        {found.error ? <Failure error={found.error} retry={found.refetch} /> : null}
        {found.data && working.length === 0 ? <p className="text-(--quiet)">No key works.</p> : null}
        <ul>
          {(withEnded ? all : working).map((key) => (
            <KeyRow
              key={key.id}
              of={of}
              apiKey={key}
              state={keyState(key, now)}
              rotated={made(`The key that replaces ${key.name}`)}
              changed={again}
            />
          ))}
        </ul>
        {ended > 0 ? (
          <button
            type="button"
            className="mt-3 cursor-pointer underline"
            onClick={() => set('ended', withEnded ? '' : 'shown')}
          >
            {withEnded ? 'Only those that work' : `Show ${ended} that ended`}
          </button>
        ) : null}
      </Card>
    </>
  )
}

const tones: Record<KeyState, [Tone, string]> = {
  living: ['good', 'works'],
  rotated: ['warning', 'replaced, still works'],
  expired: ['quiet', 'expired'],
  revoked: ['quiet', 'revoked'],
}

interface RowOptions {
  of: KeysOf
  apiKey: ApiKey
  state: KeyState
  rotated(created: CreatedApiKey): unknown
  changed(): unknown
}

function KeyRow({ of, apiKey, state, rotated, changed }: RowOptions) {
  const [asked, ask] = useState<'rotate' | 'revoke' | null>(null)
  const [tone, words] = tones[state]
  const works = state === 'living' || state === 'rotated'
  return (
    <li className="border-t border-(--line) py-3 first:border-t-0">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-medium wrap-anywhere">{apiKey.name}</span>
            <Pill tone={tone}>{words}</Pill>
            {apiKey.id === of.own ? <Pill tone="busy">you are signed in with it</Pill> : null}
          </p>
          <p className="text-xs text-(--quiet) wrap-anywhere">
            <span className="font-mono">{apiKey.id}</span>
            {apiKey.hint === null ? null : <span className="font-mono"> · …{apiKey.hint}</span>}
          </p>
        </div>
        {works ? (
          <div className="flex flex-wrap gap-2">
            {state === 'living' ? <Button onClick={() => ask('rotate')}>Replace</Button> : null}
            <Button onClick={() => ask('revoke')}>Revoke</Button>
          </div>
        ) : null}
      </div>
      <KeyFacts apiKey={apiKey} works={works} />
      {asked === 'rotate' && state === 'living' ? (
        <Rotate
          of={of}
          apiKey={apiKey}
          close={() => ask(null)}
          done={(created) => {
            ask(null)
            return rotated(created)
          }}
        />
      ) : null}
      {asked === 'revoke' && works ? <Revoke of={of} apiKey={apiKey} close={() => ask(null)} done={changed} /> : null}
    </li>
  )
}

function KeyFacts({ apiKey, works }: { apiKey: ApiKey; works: boolean }) {
  const facts: [string, ReactNode][] = [
    [
      'May',
      <span key="may" className="font-mono">
        {apiKey.scopes.join(' ')}
      </span>,
    ],
    ['Created', <Time key="at" at={apiKey.createdAt} />],
    ['Last used', apiKey.lastUsedAt ? <Time key="at" at={apiKey.lastUsedAt} /> : 'never'],
    apiKey.revokedAt
      ? ['Revoked', <Time key="at" at={apiKey.revokedAt} />]
      : [works ? 'Ends' : 'Ended', apiKey.expiresAt ? <Time key="at" at={apiKey.expiresAt} /> : 'never'],
    ...(apiKey.allowedCidrs ? [['From', apiKey.allowedCidrs.join(', ')] as [string, ReactNode]] : []),
  ]
  return (
    <dl className="mt-1 flex flex-wrap gap-x-6 gap-y-1">
      {facts.map(([name, value]) => (
        <div key={name} className="flex gap-1.5">
          <dt className="text-(--quiet)">{name}</dt>
          <dd className="wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
