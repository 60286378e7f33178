import type { Task } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { backhaul } from '../../service.ts'
import { type Verdict, verifyReceipt } from '../../verify-receipt.ts'

/** The signed receipt, checked here and now by the browser that shows it. */
export function ReceiptCard({ task }: { task: Task }) {
  const receipt = useQuery({
    queryKey: ['receipt', task.id, task.file],
    queryFn: async ({ signal }) => {
      const [text, { keys }] = await Promise.all([
        backhaul.receipts.get(task.id, { signal }),
        backhaul.receipts.signingKeys({ signal }),
      ])
      return { text, verdict: await verifyReceipt(text, keys, task) }
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <Card title="Receipt" aside={receipt.data ? <Badge verdict={receipt.data.verdict} /> : null}>
      {receipt.error ? <Failure error={receipt.error} retry={receipt.refetch} /> : null}
      {receipt.data ? <Checked {...receipt.data} /> : null}
    </Card>
  )
}

const isValid = (verdict: Verdict) => verdict.kind === 'checked' && verdict.checks.every(({ isMet }) => isMet)

function Badge({ verdict }: { verdict: Verdict }) {
  if (verdict.kind === 'unable') return 'not checked'
  const look = isValid(verdict)
    ? 'bg-emerald-100 text-emerald-900 dark:bg-emerald-900 dark:text-emerald-100'
    : 'bg-red-100 text-red-900 dark:bg-red-900 dark:text-red-100'
  return (
    <span className={`rounded-full px-2 py-0.5 text-xs font-medium ${look}`}>
      {isValid(verdict) ? 'verified in this browser' : 'not genuine'}
    </span>
  )
}

function Checked({ text, verdict }: { text: string; verdict: Verdict }) {
  return (
    <>
      {verdict.kind === 'unable' ? <p>{verdict.why}</p> : null}
      {verdict.kind === 'checked' ? (
        <ul className="space-y-1.5">
          {verdict.checks.map(({ words, isMet }) => (
            <li key={words} className="flex items-start gap-2">
              {isMet ? (
                <Check aria-label="yes" size={16} className="mt-0.5 shrink-0 text-emerald-700 dark:text-emerald-400" />
              ) : (
                <X aria-label="no" size={16} className="mt-0.5 shrink-0 text-red-700 dark:text-red-400" />
              )}
              <span>{words}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <details className="mt-3">
        <summary className="cursor-pointer text-(--quiet)">What it says</summary>
        {verdict.kind === 'checked' && verdict.claims ? <Words text={JSON.stringify(verdict.claims, null, 2)} /> : null}
        <Words text={text} />
      </details>
    </>
  )
}

const Words = ({ text }: { text: string }) => (
  <pre className="mt-2 rounded-lg bg-(--track) p-3 font-mono text-xs wrap-anywhere whitespace-pre-wrap">{text}</pre>
)
