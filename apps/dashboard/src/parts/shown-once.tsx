import type { ReactNode } from 'react'
import { opened } from '../focus.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'

interface Options {
  name: string
  text: string
  note: string
  /** How it is used. */
  children?: ReactNode
  close?(): void
}

/** What the service shows this once and never again. It goes when the page does. */
export function ShownOnce({ name, text, note, children, close }: Options) {
  return (
    <section
      ref={opened}
      aria-label={name}
      className="rounded-xl border border-amber-500 bg-amber-50 p-4 text-amber-950 dark:bg-amber-950 dark:text-amber-50"
    >
      <h2 className="font-medium wrap-anywhere">{name}</h2>
      <p className="mt-1">{note}</p>
      <div className="mt-3 flex flex-wrap items-center gap-2 text-(--text)">
        <code
          data-secret
          className="min-w-0 rounded-lg border border-(--line) bg-(--card) px-2 py-1.5 font-mono select-all break-all"
        >
          {text}
        </code>
        <CopyButton text={text} />
      </div>
      {children ? <div className="mt-3">{children}</div> : null}
      {close ? (
        <div className="mt-3 text-(--text)">
          <Button onClick={close}>I have it</Button>
        </div>
      ) : null}
    </section>
  )
}
