import { Check, Clock, X } from 'lucide-react'
import type { Finding } from '../../signature-check.ts'

const looks = {
  right: {
    icon: Check,
    style: 'border-emerald-500 bg-emerald-50 text-emerald-950 dark:bg-emerald-950 dark:text-emerald-50',
  },
  late: { icon: Clock, style: 'border-amber-500 bg-amber-50 text-amber-950 dark:bg-amber-950 dark:text-amber-50' },
  wrong: { icon: X, style: 'border-red-400 bg-red-50 text-red-900 dark:bg-red-950 dark:text-red-100' },
}

export function ShownFinding({ finding }: { finding: Finding | null }) {
  return (
    <div role="status" aria-label="Finding">
      {finding ? <Told finding={finding} /> : <p className="text-(--quiet)">What is found stands here.</p>}
    </div>
  )
}

function Told({ finding: { verdict, title, details } }: { finding: Finding }) {
  const { icon: Icon, style } = looks[verdict]
  return (
    <div className={`rounded-xl border p-4 ${style}`}>
      <p className="flex items-start gap-2 font-medium">
        <Icon aria-hidden size={16} className="mt-0.5 shrink-0" /> {title}
      </p>
      {details.map((detail) => (
        <p key={detail} className="mt-2 wrap-anywhere">
          {detail}
        </p>
      ))}
    </div>
  )
}
