import type { ApiKey, CreatedApiKey, GivenApiKey } from '@backhaul/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { expiryOf, isWorking, type KeyState, keyState, keysInOrder, lifetimes, overlaps } from '../rules/key-state.ts'
import { type Scope, scopeNames, scopes } from '../rules/scopes.ts'
import type { Tone } from '../rules/tone.ts'
import { useSearchFilters } from '../search-filters.ts'
import { serviceNowMs } from '../service.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Failure } from './failure.tsx'
import { fieldStyle } from './fields.tsx'
import { Pill } from './pill.tsx'
import { problemsOf } from './problems.ts'
import { Secret } from './secret.tsx'
import { Time } from './time.tsx'

/** A tenant's own keys, or those that an operator looks at. */
export interface KeysOf {
  queryKey: readonly string[]
  list(signal: AbortSignal): Promise<ApiKey[]>
  create(given: GivenApiKey): Promise<CreatedApiKey>
  rotate(id: string, overlapSeconds: number): Promise<CreatedApiKey>
  revoke(id: string): Promise<void>
  /** What a new key may have. */
  mayGive: readonly Scope[]
  /** The one that this browser signed in with; null: none of them. */
  own: string | null
}

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
          creates ? null : (
            <Button kind="main" onClick={() => setCreates(true)}>
              Create a key
            </Button>
          )
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

interface CreateOptions {
  of: KeysOf
  done(created: CreatedApiKey): unknown
  close(): void
}

function CreateKey({ of, done, close }: CreateOptions) {
  const create = useMutation({ mutationFn: of.create, onSuccess: done, gcTime: 0 })
  const problems = problemsOf(create.error)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    create.mutate({
      name: `${form.get('name')}`,
      scopes: form.getAll('scope') as Scope[],
      ...expiryOf(Number(form.get('expires')), serviceNowMs()),
    })
  }
  return (
    <form aria-label="A new key" onSubmit={submit} className="mb-4 rounded-lg bg-(--track) p-3">
      <div className="grid gap-3 md:grid-cols-2">
        <div className="space-y-3">
          <label className="block">
            <span className="mb-1 block">Name</span>
            <input name="name" required maxLength={200} autoComplete="off" className={`w-full ${fieldStyle}`} />
          </label>
          <label className="block">
            <span className="mb-1 block">It ends</span>
            <select name="expires" defaultValue="90" className={fieldStyle}>
              {lifetimes.map(([days, words]) => (
                <option key={days} value={days}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        </div>
        <fieldset>
          <legend className="mb-1">It may</legend>
          {scopeNames.map((scope) => (
            <label key={scope} className="flex items-baseline gap-2 py-0.5">
              <input
                type="checkbox"
                name="scope"
                value={scope}
                defaultChecked={scope === 'read' && of.mayGive.includes('read')}
                disabled={!of.mayGive.includes(scope)}
              />
              <span>
                <span className="font-mono">{scope}</span>: {scopes[scope]}
                {of.mayGive.includes(scope) ? '' : ' (your key does not have it)'}
              </span>
            </label>
          ))}
          {problems['/scopes'] ? <p className="text-red-800 dark:text-red-200">{problems['/scopes']}</p> : null}
        </fieldset>
      </div>
      {create.error ? (
        <div className="mt-3">
          <Failure error={create.error} />
        </div>
      ) : null}
      <div className="mt-3 flex gap-2">
        <Button type="submit" kind="main" disabled={create.isPending}>
          Create it
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </form>
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

interface AskOptions<Result> {
  of: KeysOf
  apiKey: ApiKey
  close(): void
  done(result: Result): unknown
}
const asking = 'mt-3 rounded-lg bg-(--track) p-3'

function Rotate({ of, apiKey, close, done }: AskOptions<CreatedApiKey>) {
  const [overlap, setOverlap] = useState(86_400)
  const rotate = useMutation({ mutationFn: () => of.rotate(apiKey.id, overlap), onSuccess: done, gcTime: 0 })
  return (
    <fieldset aria-label={`Replace ${apiKey.name}`} className={asking}>
      <p className="mb-2">
        A new key with the same name, scopes and end is made. It is shown this once. The old one goes on beside it for a
        while, so that nothing stops while you hand the new one out.
      </p>
      <label className="mb-2 flex flex-wrap items-center gap-2">
        The old key goes on
        <select value={overlap} onChange={(event) => setOverlap(Number(event.target.value))} className={fieldStyle}>
          {overlaps.map(([seconds, words]) => (
            <option key={seconds} value={seconds}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {apiKey.id === of.own && overlap === 0 ? (
        <p className="mb-2 font-medium">You are signed in with this key: it ends, and you are signed out.</p>
      ) : null}
      {rotate.error ? <Failure error={rotate.error} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button kind="main" onClick={() => rotate.mutate()} disabled={rotate.isPending}>
          Replace this key
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </fieldset>
  )
}

function Revoke({ of, apiKey, close, done }: AskOptions<void>) {
  const revoke = useMutation({ mutationFn: () => of.revoke(apiKey.id), onSuccess: done })
  return (
    <fieldset aria-label={`Revoke ${apiKey.name}`} className={asking}>
      <p className="mb-2">
        Every request with it is refused from now on. Its event streams, connections and waiting requests end within 5
        seconds, and so do browsers that signed in with it. Tasks, sessions and files stay. It cannot be taken back.
      </p>
      {apiKey.id === of.own ? (
        <p className="mb-2 font-medium">You are signed in with this key: you are signed out.</p>
      ) : null}
      {revoke.error ? <Failure error={revoke.error} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button kind="danger" onClick={() => revoke.mutate()} disabled={revoke.isPending}>
          Revoke this key
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </fieldset>
  )
}
