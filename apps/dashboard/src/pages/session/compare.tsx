import type { Configuration } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Card } from '../../parts/card.tsx'
import { fieldStyle } from '../../parts/fields.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { compareConfiguration, type Difference } from '../../rules/compare-configuration.ts'
import { plural } from '../../rules/format.ts'
import { backhaul } from '../../service.ts'

/** Why a PUT was refused, or would be: the same comparison as the service's, and nothing is sent. */
export function CompareCard({ configuration, identifier }: { configuration: Configuration; identifier: string }) {
  const [text, setText] = useState('')
  const { delegate } = configuration
  const endpointId = 'endpointId' in delegate ? delegate.endpointId : null
  const endpoint = useQuery({
    queryKey: ['endpoint', endpointId],
    queryFn: ({ signal }) => backhaul.endpoints.get(endpointId!, { signal }),
    enabled: endpointId !== null && text.includes('"url"'),
  })
  const compared = compareConfiguration(configuration, text, endpoint.data?.url ?? null)
  return (
    <Card title="Compare a configuration">
      <label className="block">
        <span className="mb-2 block wrap-anywhere text-(--quiet)">
          A <code className="font-mono">PUT /v1/sessions/{identifier}</code> with another configuration is refused (409
          configuration_mismatch). Paste its body to see what differs. Nothing is sent.
        </span>
        <textarea
          value={text}
          onChange={({ target }) => setText(target.value)}
          rows={6}
          spellCheck={false}
          aria-label="Configuration as JSON"
          placeholder='{"configuration": {"delegate": {"kind": "pull"}}}'
          className={`w-full font-mono text-xs ${fieldStyle}`}
        />
      </label>
      <div role="status" className="mt-2">
        {compared.kind === 'unreadable' ? <p className="wrap-anywhere">{compared.why}</p> : null}
        {compared.kind === 'compared' ? (
          <>
            <p className="mb-2 font-medium">
              {compared.differences.length > 0
                ? `${plural(compared.differences.length, 'field')} ${compared.differences.length === 1 ? 'differs' : 'differ'}: it would be refused.`
                : compared.unknown.length > 0
                  ? 'It would be refused.'
                  : 'Nothing differs.'}
            </p>
            {compared.unknown.map((name) => (
              <p key={name} className="mb-1 wrap-anywhere">
                <code className="font-mono">{name}</code> is no setting.
              </p>
            ))}
            <Table columns={columns} rows={compared.differences} keyOf={({ field }) => field} empty="" />
            {compared.notes.map((note) => (
              <p key={note} className="mt-1 text-(--quiet) wrap-anywhere">
                {note}
              </p>
            ))}
          </>
        ) : null}
      </div>
    </Card>
  )
}

const json = (value: string | null) => (
  <code className="font-mono text-xs">{value ?? <span className="text-(--quiet)">not there</span>}</code>
)
const columns: Column<Difference>[] = [
  { name: 'Field', cell: ({ field }) => <code className="font-mono text-xs">{field}</code> },
  { name: 'The session has', cell: ({ stored }) => json(stored) },
  { name: 'Given', cell: ({ given }) => json(given) },
]
