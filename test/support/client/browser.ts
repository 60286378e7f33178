import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { aptInstall } from '#support/servers/apt.ts'
import { findProgram } from '#support/servers/server-process.ts'

/** Chromium, from the Debian package if it is not on the path. */
export async function openBrowser(): Promise<Browser> {
  if (!findProgram('chromium')) await aptInstall(['chromium'])
  const executablePath = findProgram('chromium')
  if (!executablePath) throw new Error('The tests need Chromium: install the package chromium.')
  // Root has no sandbox there, and a container's /dev/shm is small.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** A page, and what must not happen in it. */
export interface WatchedPage {
  page: Page
  context: BrowserContext
  /** Errors of scripts, of the console, and of the page's own policy. */
  errors: string[]
  /** Addresses of other origins that were asked for. */
  outside: string[]
}

export async function openPage(
  browser: Browser,
  baseURL: string,
  { theme = 'light', width = 1280 }: { theme?: 'light' | 'dark'; width?: number } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL, colorScheme: theme, viewport: { width, height: 900 } })
  const page = await context.newPage()
  const watched: WatchedPage = { page, context, errors: [], outside: [] }
  page.on('pageerror', ({ message }) => watched.errors.push(message))
  page.on('console', (message) => {
    // A question that is refused is written there too, by the browser itself.
    const isRefusal = message.text().startsWith('Failed to load resource: the server responded with a status of 4')
    if (message.type() === 'error' && !isRefusal) watched.errors.push(message.text())
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(baseURL).origin) watched.outside.push(request.url())
  })
  return watched
}
