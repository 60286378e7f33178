import { useQuery } from '@tanstack/react-query'
import { type ClipboardEvent, type FormEvent, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Field, fieldStyle } from '../../parts/fields.tsx'
import { Page } from '../../parts/page.tsx'
import { readHeaderLines, type SignedHeaderName } from '../../rules/signature-findings.ts'
import { backhaul, serviceNowMs } from '../../service.ts'
import { checkSignature, type Finding } from '../../signature-check.ts'
import { ShownFinding } from './shown-finding.tsx'

const nothing = { 'webhook-id': '', 'webhook-timestamp': '', 'webhook-signature': '' }
const notes: Record<SignedHeaderName, string> = {
  'webhook-id': 'Paste all three lines at once here, if you have them',
  'webhook-timestamp': 'Seconds since 1970',
  'webhook-signature': 'v1,… or v1a,…, several with a space between them',
}

export default function VerifyPage() {
  const [secret, setSecret] = useState('')
  const [headers, setHeaders] = useState(nothing)
  const [body, setBody] = useState('')
  const [finding, find] = useState<Finding | null>(null)
  // Only to tell whose secret it is; nothing that is pasted is sent.
  const endpoints = useQuery({
    queryKey: ['endpoints', 'all'],
    queryFn: ({ signal }) => backhaul.endpoints.list({ limit: 200 }, { signal }).toArray(1_000),
  })
  // Browsers have it on pages over https, and on this machine.
  const isPossible = globalThis.crypto?.subtle !== undefined
  const change = <Value,>(set: (value: Value) => void) => {
    return (value: Value) => {
      set(value)
      find(null)
    }
  }
  const pasted = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text')
    const lines = text.includes('\n') ? readHeaderLines(text) : null
    if (lines === null) return
    event.preventDefault()
    change(setHeaders)({ ...headers, ...lines })
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    find(await checkSignature({ secret, headers, body }, serviceNowMs(), endpoints.data ?? null))
  }
  return (
    <Page title="Verify a signature">
      <p className="mb-4 max-w-prose text-(--quiet)">
        Why does a receiver refuse a webhook? Paste what it has got. It is verified in this browser, by the rules of the
        SDK; what you paste is sent nowhere.
      </p>
      {isPossible ? null : (
        <p role="alert" className="mb-4 font-medium">
          This browser verifies nothing on a page over http: open the dashboard over https, or as localhost.
        </p>
      )}
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <Card>
          <form onSubmit={submit} className="space-y-3">
            <Field
              name="Secret"
              note="whsec_… of the endpoint, or whpk_…"
              value={secret}
              onChange={(event) => change(setSecret)(event.target.value)}
              autoComplete="off"
              spellCheck={false}
              required
            />
            {(Object.keys(notes) as SignedHeaderName[]).map((name) => (
              <Field
                key={name}
                name={name}
                note={notes[name]}
                value={headers[name]}
                onChange={(event) => change(setHeaders)({ ...headers, [name]: event.target.value })}
                onPaste={pasted}
                autoComplete="off"
                spellCheck={false}
              />
            ))}
            <label className="block">
              <span className="mb-1 block text-(--quiet)">Body</span>
              <textarea
                value={body}
                onChange={(event) => change(setBody)(event.target.value)}
                rows={10}
                spellCheck={false}
                className={`w-full font-mono text-xs ${fieldStyle}`}
              />
              <span className="mt-1 block text-xs text-(--quiet)">The bytes as they came, not as they were parsed</span>
            </label>
            <Button type="submit" kind="main" disabled={!isPossible}>
              Verify
            </Button>
          </form>
        </Card>
        <ShownFinding finding={finding} />
      </div>
    </Page>
  )
}
