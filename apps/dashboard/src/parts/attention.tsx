import { TriangleAlert } from 'lucide-react'
import { Link } from 'wouter'
import type { Attention } from '../rules/attention.ts'

export function AttentionList({ items }: { items: readonly Attention[] }) {
  if (items.length === 0) return null
  return (
    <section
      aria-label="Needs attention"
      className="mb-4 rounded-xl border border-amber-500 bg-amber-50 p-3 text-amber-950 dark:bg-amber-950 dark:text-amber-100"
    >
      <ul className="space-y-1.5">
        {items.map(({ text, href }) => (
          <li key={href + text} className="flex gap-2">
            <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
            <Link href={href} className="min-w-0 wrap-anywhere hover:underline">
              {text}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
