import type { ReactNode } from 'react'

export function Card({ title, aside, children }: { title?: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="min-w-0 rounded-xl border border-(--line) bg-(--card) p-4">
      {title ? (
        <header className="mb-3 flex items-baseline justify-between gap-4">
          <h2 className="font-semibold">{title}</h2>
          {aside ? <span className="text-(--quiet)">{aside}</span> : null}
        </header>
      ) : null}
      {children}
    </section>
  )
}

/** One number that matters, and a line that says how it is to be read. */
export function Figure({ name, value, note }: { name: string; value: ReactNode; note?: ReactNode }) {
  return (
    <Card>
      <p className="text-(--quiet)">{name}</p>
      <p className="my-1 text-2xl font-semibold tabular-nums">{value}</p>
      <p className="min-h-5 text-(--quiet)">{note}</p>
    </Card>
  )
}
