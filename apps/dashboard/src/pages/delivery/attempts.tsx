import type { Attempt } from '@backhaul/sdk'
import { Card } from '../../parts/card.tsx'
import { CodeBlock, indented } from '../../parts/code-block.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Pill } from '../../parts/pill.tsx'
import { Time } from '../../parts/time.tsx'
import { milliseconds } from '../../rules/endpoint-health.ts'

/** The newest first: it says how things are. */
export function Attempts({ attempts, isOpen }: { attempts: readonly Attempt[]; isOpen: boolean }) {
  return (
    <Card title="Attempts" aside={attempts.length === 0 ? null : `${attempts.length} so far`}>
      {attempts.length === 0 ? <p className="text-(--quiet)">None yet.</p> : null}
      <ol className="divide-y divide-(--line)">
        {attempts.toReversed().map((attempt, n) => (
          <li key={attempt.id} className="py-2 first:pt-0 last:pb-0">
            <details open={n === 0 && isOpen}>
              <summary className="cursor-pointer">
                <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
                  <span className="tabular-nums">#{attempt.number}</span>
                  <Outcome attempt={attempt} />
                  <span className="tabular-nums">{milliseconds(attempt.durationMs)}</span>
                  <span className="text-(--quiet)">
                    <Time at={attempt.startedAt} />
                  </span>
                  {attempt.error ? <span className="wrap-anywhere">{attempt.error}</span> : null}
                </span>
              </summary>
              <Exchange attempt={attempt} />
            </details>
          </li>
        ))}
      </ol>
    </Card>
  )
}

function Outcome({ attempt: { status, endedAt } }: { attempt: Attempt }) {
  if (endedAt === null) return <Pill tone="busy">in flight</Pill>
  if (status === null) return <Pill tone="bad">no response</Pill>
  return <Pill tone={status >= 200 && status < 300 ? 'good' : 'bad'}>{status}</Pill>
}

function Exchange({ attempt }: { attempt: Attempt }) {
  const { requestHeaders, responseHeaders, responseBody, note } = attempt
  return (
    <div className="mt-3 grid gap-4 lg:grid-cols-2">
      <section className="min-w-0">
        <h3 className="mb-2 font-medium">Sent</h3>
        <Fields fields={requestHeaders} none="Known when the attempt has ended." />
      </section>
      <section className="min-w-0">
        <h3 className="mb-2 font-medium">Answered</h3>
        <Fields fields={responseHeaders} none="No header field is on record." />
        {note ? <p className="mt-2 wrap-anywhere">{note}</p> : null}
        {responseBody ? (
          <div className="mt-2">
            <CodeBlock text={indented(responseBody)} name={`The body of the answer to attempt ${attempt.number}`} />
          </div>
        ) : (
          <p className="mt-2 text-(--quiet)">No body.</p>
        )}
      </section>
    </div>
  )
}

function Fields({ fields, none }: { fields: Record<string, string> | null; none: string }) {
  const entries = Object.entries(fields ?? {})
  if (entries.length === 0) return <p className="text-(--quiet)">{none}</p>
  return (
    <div className="font-mono text-xs">
      <Facts facts={entries} />
    </div>
  )
}
