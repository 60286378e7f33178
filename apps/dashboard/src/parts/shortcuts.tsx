import { useEffect, useRef } from 'react'

const shortcuts = [
  ['/', 'to the first filter'],
  ['j', 'to the next row'],
  ['k', 'to the row before'],
  ['Enter', 'open the row'],
  ['?', 'this list'],
]

/** Rows are what has `data-row`; a filter is what has `data-filter`. */
export function useShortcuts(help: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target, key, ctrlKey, metaKey, altKey } = event
      if (ctrlKey || metaKey || altKey || (target instanceof HTMLElement && target.matches('input, select, textarea')))
        return
      if (key === '?') help()
      else if (key === '/') document.querySelector<HTMLElement>('[data-filter]')?.focus()
      else if (key === 'j' || key === 'k') focusRow(key === 'j' ? 1 : -1)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [help])
}

function focusRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  const next = at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))
  rows[next]?.focus()
}

export function ShortcutHelp({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      onClose={close}
      aria-label="Keys"
      className="m-auto rounded-xl border border-(--line) bg-(--card) p-5 text-(--text) shadow-xl"
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
        {shortcuts.map(([key, what]) => (
          <div key={key} className="contents">
            <dt className="text-center font-mono">{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close} className="mt-4 cursor-pointer underline">
        Close
      </button>
    </dialog>
  )
}
