import type { Host } from '@backhaul/sdk'
import { Link } from 'wouter'
import { openedByAction } from '../../focus.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Meter } from '../../parts/meter.tsx'
import { Pill } from '../../parts/pill.tsx'
import { Time } from '../../parts/time.tsx'
import { ofWhole, plural, rate, usedOf } from '../../rules/format.ts'
import { hostSentence, hostWords } from '../../rules/hosts.ts'
import { wordFor } from '../../rules/known.ts'
import type { Tone } from '../../rules/tone.ts'
import { Outcomes } from './outcomes.tsx'

const tones: Record<Host['state'], Tone> = {
  circuitOpen: 'bad',
  backingOff: 'warning',
  halfOpen: 'busy',
  healthy: 'good',
}

/** All that is known of a host, and why it is treated so. */
export function HostCard({ host: found, close }: { host: Host; close?: () => void }) {
  const { host, state, blockedUntil, downSince, reason, decidedAt, bytesPerSecond, singleConnectionUntil } = found
  const sentence = hostSentence(found)
  return (
    <div ref={close ? openedByAction : undefined}>
      <Card>
        <header className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="min-w-0 font-semibold wrap-anywhere">{host}</h2>
          <Pill tone={wordFor<Tone>(tones, state, 'quiet')}>{hostWords(state)}</Pill>
          {blockedUntil ? (
            <span>
              over <Time at={blockedUntil} />
            </span>
          ) : null}
          <span className="ml-auto flex items-center gap-3">
            <Link href={`/tasks?host=${encodeURIComponent(host)}`} className="underline">
              its tasks
            </Link>
            {close ? <Button onClick={close}>Close</Button> : null}
          </span>
        </header>
        {sentence ? <p className="mb-3">{sentence}</p> : null}
        <div className="grid gap-x-8 gap-y-4 xl:grid-cols-2">
          <Facts
            facts={[
              [
                'Waiting',
                <Link key="link" href={`/tasks?host=${encodeURIComponent(host)}&state=waiting`} className="underline">
                  {plural(found.waitingTasks, 'task')}
                </Link>,
              ],
              ['Connections', <Connections key="used" of={found} />],
              ['One transfer', rate(bytesPerSecond)],
              ...(reason
                ? [
                    [
                      'Last decision',
                      <span key="why">
                        {reason}
                        {decidedAt ? (
                          <>
                            , <Time at={decidedAt} />
                          </>
                        ) : null}
                      </span>,
                    ] as const,
                  ]
                : []),
              ...(downSince ? [['Down since', <Time key="at" at={downSince} />] as const] : []),
              ...(singleConnectionUntil
                ? [
                    [
                      'One a download',
                      <span key="why">
                        it has refused a second connection; ends <Time at={singleConnectionUntil} />
                      </span>,
                    ] as const,
                  ]
                : []),
            ]}
          />
          <Outcomes host={host} />
        </div>
      </Card>
    </div>
  )
}

function Connections({ of: { connections, host } }: { of: Host }) {
  const { yours, limit } = connections
  return (
    <span className="flex max-w-xs items-center gap-3">
      <span className="shrink-0 tabular-nums">{ofWhole(yours, limit)}</span>
      <Meter name={`connections to ${host}`} fraction={usedOf(yours, limit)} colour="#2563eb" />
    </span>
  )
}
