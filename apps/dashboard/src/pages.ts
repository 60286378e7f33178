import type { SignIn } from '@backhaul/sdk'
import { Activity, Clock, Download, type LucideIcon, Radio, Send, Server, Webhook } from 'lucide-react'
import { type ComponentType, lazy } from 'react'

export interface PageProps {
  who: SignIn
  /** What stands in the address for `:name`. */
  params: Partial<Record<string, string>>
}

export interface Page {
  path: string
  /** Whose it is: a key's, or an operator's. */
  of: SignIn['kind']
  /** In the navigation; a page without it is reached from another one. */
  link?: { name: string; icon: LucideIcon }
  component: ComponentType<PageProps>
}

type Load = () => Promise<{ default: ComponentType<PageProps> }>

/** Each page is a file of its own for the browser, which fetches it when it is first looked at. */
const page = (of: Page['of'], path: string, load: Load, link?: Page['link']): Page => ({
  of,
  path,
  component: lazy(load),
  ...(link ? { link } : {}),
})

/** In the order of the navigation. The API serves them by the same paths (apps/api/src/dashboard/paths.ts). */
export const pages: Page[] = [
  page('key', '/', () => import('./pages/overview.tsx'), { name: 'Overview', icon: Activity }),
  page('key', '/tasks', () => import('./pages/tasks.tsx'), { name: 'Tasks', icon: Download }),
  page('key', '/tasks/:id', () => import('./pages/task.tsx')),
  page('key', '/webhooks', () => import('./pages/webhooks/webhooks.tsx'), { name: 'Webhooks', icon: Webhook }),
  page('key', '/webhooks/verify', () => import('./pages/verify/verify.tsx')),
  page('key', '/webhooks/:id', () => import('./pages/webhook/webhook.tsx')),
  page('key', '/deliveries', () => import('./pages/deliveries.tsx'), { name: 'Deliveries', icon: Send }),
  page('key', '/deliveries/:id', () => import('./pages/delivery/delivery.tsx')),
  page('key', '/events', () => import('./pages/events/events.tsx'), { name: 'Events', icon: Radio }),
  page('key', '/limiter', () => import('./pages/limiter.tsx'), { name: 'Wake limiter', icon: Clock }),
  page('operator', '/workers', () => import('./pages/workers.tsx'), { name: 'Workers', icon: Server }),
]
