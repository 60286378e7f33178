import { useSyncExternalStore } from 'react'

type Theme = 'light' | 'dark'
const stored = 'backhaul-theme'
const listeners = new Set<() => void>()
/** What was chosen since the page was loaded: the browser may forbid to keep it. */
let inThisPage: Theme | null = null
const system = matchMedia('(prefers-color-scheme: dark)')

/** What the reader chose here, or what their system asks for. */
function theme(): Theme {
  const chosen = inThisPage ?? keptChoice()
  if (chosen === 'light' || chosen === 'dark') return chosen
  return system.matches ? 'dark' : 'light'
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = theme()
  for (const listener of listeners) listener()
}
system.addEventListener('change', applyTheme)

export function useTheme(): [Theme, () => void] {
  const current = useSyncExternalStore((changed) => {
    listeners.add(changed)
    return () => listeners.delete(changed)
  }, theme)
  const swap = () => {
    inThisPage = current === 'dark' ? 'light' : 'dark'
    keep(inThisPage)
    applyTheme()
  }
  return [current, swap]
}

/** A browser that forbids storage throws already when it is asked for. */
function keptChoice(): string | null {
  try {
    return localStorage.getItem(stored)
  } catch {
    return null
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(stored, theme)
  } catch {
    // It lasts as long as this page does.
  }
}
