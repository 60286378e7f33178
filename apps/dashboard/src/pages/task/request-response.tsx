import type { Task } from '@backhaul/sdk'
import type { ReactNode } from 'react'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Time } from '../../parts/time.tsx'
import { bytes, plural, rate } from '../../rules/format.ts'

type Fact = readonly [name: string, value: ReactNode]
const given = (name: string, value: ReactNode): Fact[] => (value === null || value === undefined ? [] : [[name, value]])
const time = (at: string | null) => (at === null ? null : <Time at={at} />)
const size = (count: number | null) => (count === null ? null : bytes(count))

export function RequestCard({ task }: { task: Task }) {
  const { originalRequest, currentRequest } = task
  const isRedirected = currentRequest.url !== originalRequest.url
  return (
    <Card title="Request">
      <Facts
        facts={[
          ['URL', originalRequest.url],
          ...(isRedirected ? [['Now at', currentRequest.url] as const] : []),
          ...Object.entries(originalRequest.headers).map(([name, value]): Fact => [name, value]),
          ['Created in', task.createdIn],
          ['Discretionary', task.effectiveDiscretionary ? 'yes: when it suits the service' : 'no'],
          ['Priority', task.priority],
          ['Attempts', task.attempts],
          ...given('Not before', time(task.earliestBeginDate)),
          ...given('Begins at the latest', task.state === 'waiting' ? time(task.latestStart) : null),
          ...given('Deadline', time(task.deadline)),
          ...given('Expected size', size(task.countOfBytesClientExpectsToReceive)),
          ...given('At most', size(task.maximumBytes)),
          ...given('Rate at most', task.maximumBytesPerSecond === null ? null : rate(task.maximumBytesPerSecond)),
          ...given('Destination', task.destinationKey),
        ]}
      />
      {Object.keys(task.metadata).length > 0 ? (
        <>
          <h3 className="mt-4 mb-2 font-medium">Metadata</h3>
          <Facts facts={Object.entries(task.metadata)} />
        </>
      ) : null}
    </Card>
  )
}

export function ResponseCard({ task: { response, metrics } }: { task: Task }) {
  const protocols = [...new Set(metrics.transactions.map(({ protocol }) => protocol).filter(Boolean))]
  return (
    <Card title="Response">
      {response === null ? (
        <p className="text-(--quiet)">The server has not answered yet.</p>
      ) : (
        <Facts
          facts={[
            ['Status', response.status],
            ['Media type', response.mimeType ?? 'not said'],
            ['File name', response.suggestedFilename],
            ['ETag', response.etag ?? 'none'],
            ['Last-Modified', response.lastModified ?? 'not said'],
            ...given('Coding', response.contentEncoding),
            [
              'Requests',
              `${plural(metrics.transactions.length, 'request')}, ${plural(metrics.redirectCount, 'redirect')}`,
            ],
            ...given('Protocol', protocols.length > 0 ? protocols.join(', ') : null),
          ]}
        />
      )}
    </Card>
  )
}
