import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { dashboardPaths } from '#api/dashboard/paths.ts'

// Read as text: the pages themselves are for a browser.
const list = await readFile(new URL('../../../apps/dashboard/src/pages.ts', import.meta.url), 'utf8')

test('the API serves the dashboard by the paths of its pages', () => {
  const paths = [...list.matchAll(/page\('\w+', '([^']+)'/g)].map(([, path]) => path!)
  expect(paths).toContain('/')
  expect(dashboardPaths.toSorted()).toEqual([...new Set(paths)].filter((path) => path !== '/').toSorted())
})
