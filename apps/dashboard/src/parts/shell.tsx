import type { SignIn } from '@backhaul/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { LogOut, Moon, Sun } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useAnnouncement } from '../announce.ts'
import { useKeptFocus } from '../focus.ts'
import { type LiveState, useLiveState } from '../live.ts'
import { type Page, pages } from '../pages.ts'
import { missingScope } from '../rules/scopes.ts'
import { signOut } from '../sign-in.ts'
import { useTheme } from '../theme.ts'
import { ShortcutHelp, useShortcuts } from './shortcuts.tsx'

export function Shell({ who, children }: { who: SignIn; children: ReactNode }) {
  const [helps, setHelps] = useState(false)
  useKeptFocus()
  useShortcuts(() => setHelps((shown) => !shown))
  return (
    <div className="min-h-screen md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only focus:not-sr-only">
        To the content
      </a>
      <nav
        aria-label="Pages"
        className="flex flex-wrap items-center gap-1 border-b border-(--line) p-3 md:flex-col md:items-stretch md:border-r md:border-b-0"
      >
        <p className="mr-2 px-2 text-base font-semibold md:mb-3">Backhaul</p>
        {pages.map(({ of, path, link }) =>
          of === who.kind && link && missingScope(who, link.scope) === null ? (
            <PageLink key={path} path={path} link={link} />
          ) : null,
        )}
        <div className="ml-auto flex items-center gap-1 md:mt-auto md:ml-0 md:flex-wrap">
          <Who who={who} />
        </div>
      </nav>
      <main id="main" className="p-4 md:p-6">
        {who.kind === 'key' ? <Connection /> : null}
        {children}
      </main>
      <Announcements />
      {helps ? <ShortcutHelp close={() => setHelps(false)} /> : null}
    </div>
  )
}

/** It is always there: what comes into it is read, and a region that comes with its words is not, by some. */
function Announcements() {
  const { text, n } = useAnnouncement()
  return (
    <div role="status" className="sr-only">
      <p key={n}>{text}</p>
    </div>
  )
}

function PageLink({ path, link: { name, icon: Icon } }: Required<Pick<Page, 'path' | 'link'>>) {
  const [at] = useLocation()
  const isHere = path === '/' ? at === '/' : at.startsWith(path)
  return (
    <Link
      href={path}
      aria-current={isHere ? 'page' : undefined}
      className={`flex items-center gap-2 rounded-lg px-2 py-1.5 hover:bg-(--track) ${isHere ? 'bg-(--track) font-medium' : 'text-(--quiet)'}`}
    >
      <Icon aria-hidden size={16} /> {name}
    </Link>
  )
}

function Who({ who }: { who: SignIn }) {
  const queries = useQueryClient()
  const [theme, swap] = useTheme()
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => queries.setQueryData(['who'], null) })
  const button = 'cursor-pointer rounded-lg p-2 text-(--quiet) hover:bg-(--track)'
  return (
    <>
      <span className="hidden max-w-40 truncate px-2 text-(--quiet) md:block" title={who.tenant?.id}>
        {who.tenant?.name ?? 'Operator'}
      </span>
      <button
        type="button"
        className={button}
        onClick={swap}
        aria-label={`To the ${theme === 'dark' ? 'light' : 'dark'} theme`}
      >
        {theme === 'dark' ? <Sun aria-hidden size={16} /> : <Moon aria-hidden size={16} />}
      </button>
      <button
        type="button"
        className={button}
        onClick={() => leave.mutate()}
        disabled={leave.isPending}
        aria-label="Sign out"
      >
        <LogOut aria-hidden size={16} />
      </button>
      {leave.error ? (
        <p role="alert" className="text-red-700 dark:text-red-300">
          You are still signed in: {leave.error.message}
        </p>
      ) : null}
    </>
  )
}

const connectionTexts: Partial<Record<LiveState, string>> = {
  away: 'The stream of events broke off. What is shown may be old; it connects again by itself.',
  refused: 'The service refused the stream of events, so nothing moves by itself. It is asked again every ten seconds.',
}

function Connection() {
  const text = connectionTexts[useLiveState()]
  return text ? (
    <p
      role="status"
      className="mb-4 rounded-lg bg-amber-100 px-3 py-2 text-amber-900 dark:bg-amber-900 dark:text-amber-100"
    >
      {text}
    </p>
  ) : null
}
