import { useEffect } from 'react'

const fields = 'input:not([type="hidden"], :disabled), select:not(:disabled), textarea:not(:disabled)'
const headings = 'h1, h2, h3'

/** Where the focus was before what is just closing was opened: what opens in its place, as a secret after a form, leads back there, too. */
let leftFor: Element | null = null

/**
 * The `ref` of what an action opens: a form, a confirmation, a result. The focus goes to its first field, its heading, or itself, so that
 * its name is read; when it closes, back to where it was (WCAG 2.4.3).
 */
export function opened(element: HTMLElement | null): (() => void) | undefined {
  if (!element) return undefined
  const before = document.activeElement === document.body ? leftFor : document.activeElement
  const field = element.querySelector<HTMLElement>(fields)
  if (field) field.focus()
  else focusOn(element.querySelector<HTMLElement>(headings) ?? element)
  return () => {
    // A button that was switched off while it was pressed has lost the focus already.
    if (!isLost() && !element.contains(document.activeElement)) return
    leftFor = before
    const around = pathOf(element)
    queueMicrotask(() => {
      leftFor = null
      if (element.isConnected || !isLost()) return
      if (before?.isConnected) (before as HTMLElement | SVGElement).focus()
      else focusAround(around)
    })
  }
}

/** {@link opened}, of what may also be there because the address says so: then nobody has asked for it just now. */
export const openedByAction = (element: HTMLElement | null) => (isLost() ? undefined : opened(element))

/**
 * The focus is not lost with what had it, as a button that went when its work was done: it goes to the heading of what is left
 * around it. Rows of a list that is still there come and go by themselves, and lead nowhere.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let around: Element[] = []
    const gained = ({ target }: FocusEvent) => {
      around = pathOf(target as Element)
    }
    // A button that is switched off while its work is done has lost it, but nobody has left it.
    const left = ({ target }: FocusEvent) =>
      queueMicrotask(() => {
        if (target === around[0] && around[0]?.isConnected && !around[0].matches(':disabled') && isLost()) around = []
      })
    const keep = () => {
      if (around.length === 0 || around[0]!.isConnected || !isLost()) return
      if (!around.find((each) => each.isConnected)?.closest('table, ol, ul')) focusAround(around)
    }
    // Behind what leads it back to where it was.
    const observer = new MutationObserver(() => queueMicrotask(keep))
    observer.observe(document.body, { childList: true, subtree: true })
    document.addEventListener('focusin', gained)
    document.addEventListener('focusout', left)
    return () => {
      observer.disconnect()
      document.removeEventListener('focusin', gained)
      document.removeEventListener('focusout', left)
    }
  }, [])
}

const isLost = () => document.activeElement === null || document.activeElement === document.body

function pathOf(element: Element): Element[] {
  const path = []
  for (let at: Element | null = element; at; at = at.parentElement) path.push(at)
  return path
}

/** The heading of the innermost of these that is still there and has one. */
function focusAround(path: readonly Element[]): void {
  const around = path.filter((each) => each.isConnected)
  const heading = around.map((each) => each.querySelector<HTMLElement>(headings)).find((each) => each !== null)
  if (heading) focusOn(heading, { preventScroll: true })
}

/** What is no field is reached by script alone, not by Tab. */
function focusOn(element: HTMLElement, options?: FocusOptions): void {
  if (!element.hasAttribute('tabindex')) element.tabIndex = -1
  element.focus(options)
}
