import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect } from 'vitest'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { openProcessPair, type ProcessPair } from '#support/processes/process-pair.ts'
import type { Service } from '#support/processes/service.ts'
import { openBrowser, openPage, type WatchedPage } from './browser.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What a tenant may write into a name: markup that wants to run, and letters that turn the line round. */
export const hostileName =
  '<script>document.title="taken"</script> "\'><img src=x onerror=alert(1)> \u202eright to left'

/** A browser beside a service: an API and a worker on embedded parts. */
export interface DashboardFixture {
  pair: ProcessPair
  api: Service
  origin: Origin
  /** A page without a sign-in. */
  open(options?: Parameters<typeof openPage>[2]): Promise<WatchedPage>
  /** A page signed in through the form, at `/` or what an operator sees there. */
  signedIn(key: string, options?: Parameters<typeof openPage>[2]): Promise<WatchedPage>
  close(): Promise<void>
}

export async function openDashboardFixture(): Promise<DashboardFixture> {
  const [browser, origin, pair] = [await openBrowser(), await startOrigin(), (await openProcessPair('PostgreSQL'))!]
  const [api] = await Promise.all([pair.startApi(), pair.startWorker()])
  const open: DashboardFixture['open'] = (options) => openPage(browser, api.url, options)
  return {
    pair,
    api,
    origin,
    open,
    async signedIn(key, options) {
      const watched = await open(options)
      await watched.page.goto('/')
      await watched.page.getByLabel('Key').fill(key)
      await watched.page.getByRole('button', { name: 'Sign in' }).click()
      await watched.page.getByRole('button', { name: 'Sign out' }).waitFor()
      return watched
    },
    async close() {
      await browser.close()
      await pair.dispose()
      await origin.close()
    },
  }
}

/** No error of the console, and no request to another origin. */
export function expectQuiet({ errors, outside }: WatchedPage): void {
  expect(errors).toEqual([])
  expect(outside).toEqual([])
}

/** Opens each of them: axe finds nothing, the page is no wider than the screen, and no name of a tenant has run. */
export async function expectAccessible({ page }: WatchedPage, paths: readonly string[]): Promise<void> {
  const width = page.viewportSize()!.width
  for (const path of paths) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('load')
    expect(await page.title()).not.toBe('taken')
    expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width)
    await page.evaluate(await readFile(axe, 'utf8'))
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()')
    expect(violations.map(({ id, nodes }) => `${path}: ${id} ${nodes[0]?.html}`)).toEqual([])
  }
}
