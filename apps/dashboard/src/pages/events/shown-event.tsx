import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Time } from '../../parts/time.tsx'
import type { TailEntry } from '../../rules/event-tail.ts'

export function ShownEvent({ entry, close }: { entry: TailEntry; close(): void }) {
  const { type, atMs, session, task, data, sequence, key } = entry
  const text = JSON.stringify(data, null, 2)
  const link = (href: string, words: string) => (
    <Link href={href} className="underline">
      {words}
    </Link>
  )
  const facts: [string, ReactNode][] = [
    ['When', <Time key="at" at={new Date(atMs).toISOString()} />],
    ['Session', session ? link(`/sessions/${session}`, session) : '–'],
    ['Task', task ? link(`/tasks/${task}`, task) : '–'],
    [
      'Deliveries',
      sequence === null ? 'none: it is told over streams only' : link(`/deliveries?event=${key}`, 'of this event'),
    ],
  ]
  return (
    <Card
      title={type}
      aside={
        <button type="button" onClick={close} className="cursor-pointer underline">
          Close
        </button>
      }
    >
      <Facts facts={facts} />
      <div className="mt-3 mb-2">
        <CopyButton text={text} name="Copy JSON" />
      </div>
      <CodeBlock text={text} name="The event as JSON" tall />
    </Card>
  )
}
