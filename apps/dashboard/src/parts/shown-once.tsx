import { CopyButton } from './copy-button.tsx'

/** What the service shows this once and never again. */
export function ShownOnce({ name, text, note }: { name: string; text: string; note: string }) {
  return (
    <section
      aria-label={name}
      className="rounded-xl border border-amber-500 bg-amber-50 p-4 text-amber-950 dark:bg-amber-950 dark:text-amber-50"
    >
      <p className="font-medium">{name}</p>
      <p className="mt-1">{note}</p>
      <div className="mt-3 flex flex-wrap items-center gap-2 text-(--text)">
        <code className="min-w-0 rounded-lg border border-(--line) bg-(--card) px-2 py-1.5 font-mono break-all">
          {text}
        </code>
        <CopyButton text={text} />
      </div>
    </section>
  )
}
