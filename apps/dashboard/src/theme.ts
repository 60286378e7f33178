import { useSyncExternalStore } from 'react'

type Theme = 'light' | 'dark'
const stored = 'backhaul-theme'
const listeners = new Set<() => void>()
const system = matchMedia('(prefers-color-scheme: dark)')

/** What the reader chose here, or what their system asks for. */
function theme(): Theme {
  const chosen = localStorage.getItem(stored)
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
    localStorage.setItem(stored, current === 'dark' ? 'light' : 'dark')
    applyTheme()
  }
  return [current, swap]
}
