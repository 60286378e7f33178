import type { SignIn } from '@backhaul/sdk'
import {
  Activity,
  Bell,
  ChartColumn,
  Clock,
  Download,
  Globe,
  KeyRound,
  Layers,
  ListOrdered,
  type LucideIcon,
  Radio,
  Scale,
  ScrollText,
  Send,
  Server,
  Users,
  Webhook,
} from 'lucide-react'
import { type ComponentType, lazy } from 'react'
import type { PageProps } from './page-props.ts'
import type { Scope } from './rules/scopes.ts'

export interface Page {
  path: string
  /** Whose it is: a key's, or an operator's. */
  of: SignIn['kind']
  /** In the navigation; a page without it is reached from another one. `scope`: what a key needs to see it. */
  link?: { name: string; icon: LucideIcon; scope?: Scope }
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
  page('key', '/', () => import('./pages/overview.tsx'), { name: 'Overview', icon: Activity, scope: 'read' }),
  page('key', '/tasks', () => import('./pages/tasks.tsx'), { name: 'Tasks', icon: Download, scope: 'read' }),
  page('key', '/tasks/:id', () => import('./pages/task.tsx')),
  page('key', '/sessions', () => import('./pages/sessions.tsx'), { name: 'Sessions', icon: Layers, scope: 'read' }),
  page('key', '/sessions/:identifier', () => import('./pages/session/session.tsx')),
  page('key', '/hosts', () => import('./pages/hosts/hosts.tsx'), { name: 'Hosts', icon: Globe, scope: 'read' }),
  page('key', '/limiter', () => import('./pages/limiter/limiter.tsx'), {
    name: 'Wake limiter',
    icon: Clock,
    scope: 'read',
  }),
  page('key', '/wakes', () => import('./pages/wakes.tsx'), { name: 'Wakes', icon: Bell, scope: 'read' }),
  page('key', '/wakes/:id', () => import('./pages/wake.tsx')),
  page('key', '/webhooks', () => import('./pages/webhooks/webhooks.tsx'), {
    name: 'Webhooks',
    icon: Webhook,
    scope: 'read',
  }),
  page('key', '/webhooks/verify', () => import('./pages/verify/verify.tsx')),
  page('key', '/webhooks/:id', () => import('./pages/webhook/webhook.tsx')),
  page('key', '/deliveries', () => import('./pages/deliveries.tsx'), { name: 'Deliveries', icon: Send, scope: 'read' }),
  page('key', '/deliveries/:id', () => import('./pages/delivery/delivery.tsx')),
  page('key', '/events', () => import('./pages/events/events.tsx'), { name: 'Events', icon: Radio, scope: 'read' }),
  page('key', '/usage', () => import('./pages/usage.tsx'), { name: 'Usage', icon: ChartColumn, scope: 'read' }),
  page('key', '/keys', () => import('./pages/keys.tsx'), { name: 'Keys', icon: KeyRound, scope: 'admin' }),
  page('key', '/audit', () => import('./pages/audit.tsx'), { name: 'Audit', icon: ScrollText, scope: 'admin' }),
  page('operator', '/workers', () => import('./pages/workers.tsx'), { name: 'Workers', icon: Server }),
  page('operator', '/queue', () => import('./pages/queue.tsx'), { name: 'Queue', icon: ListOrdered }),
  page('operator', '/fairness', () => import('./pages/fairness.tsx'), { name: 'Fairness', icon: Scale }),
  page('operator', '/tenants', () => import('./pages/tenants.tsx'), { name: 'Tenants', icon: Users }),
  page('operator', '/tenants/:id', () => import('./pages/tenant/tenant.tsx')),
  page('operator', '/audit', () => import('./pages/audit.tsx'), { name: 'Audit', icon: ScrollText }),
]
