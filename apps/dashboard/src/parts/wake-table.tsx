import type { Wake } from '@backhaul/sdk'
import { Link } from 'wouter'
import { count, duration } from '../rules/format.ts'
import { wordFor } from '../rules/known.ts'
import type { Tone } from '../rules/tone.ts'
import { Pill } from './pill.tsx'
import { type Column, Table } from './table.tsx'
import { Time } from './time.tsx'

const tones: Record<Wake['state'], Tone> = { open: 'busy', completed: 'good', expired: 'bad' }
export const wakeStates = Object.keys(tones) as Wake['state'][]

export function WakePill({ state }: { state: Wake['state'] }) {
  return <Pill tone={wordFor<Tone>(tones, state, 'quiet')}>{state}</Pill>
}

const session: Column<Wake> = {
  name: 'Session',
  cell: ({ id, sessionIdentifier }) => (
    <Link data-row href={`/wakes/${id}`} className="block truncate hover:underline" title={sessionIdentifier}>
      {sessionIdentifier}
    </Link>
  ),
}
/** Where the session is known, the time leads to the wake. */
const linkedOpened: Column<Wake> = {
  name: 'Opened',
  cell: ({ id, openedAt }) => (
    <Link data-row href={`/wakes/${id}`} className="hover:underline">
      <Time at={openedAt} />
    </Link>
  ),
}
const state: Column<Wake> = {
  name: 'State',
  className: 'w-24',
  cell: (wake) => <WakePill state={wake.state} />,
}
const opened: Column<Wake> = {
  name: 'Opened',
  className: 'w-32',
  cell: ({ openedAt }) => <Time at={openedAt} />,
}
const closed: Column<Wake> = {
  name: 'Closed',
  className: 'hidden w-40 md:table-cell',
  cell: ({ closedAt, deadline }) =>
    closedAt ? (
      <Time at={closedAt} />
    ) : (
      <span className="text-(--quiet)">
        due <Time at={deadline} />
      </span>
    ),
}
const events: Column<Wake> = {
  name: 'Events',
  className: 'w-16 text-right',
  cell: ({ eventCount }) => count(eventCount),
}
const delayAfter: Column<Wake> = {
  name: 'Delay after',
  className: 'hidden w-24 text-right sm:table-cell',
  cell: ({ delayAfterSeconds }) => duration(delayAfterSeconds),
}
const tables = {
  all: [session, state, opened, closed, events, delayAfter],
  'of a session': [linkedOpened, state, events, delayAfter],
}

interface Options {
  wakes: readonly Wake[]
  which: keyof typeof tables
  empty: string
}

export function WakeTable({ wakes, which, empty }: Options) {
  return <Table columns={tables[which]} rows={wakes} keyOf={({ id }) => id} empty={empty} />
}
