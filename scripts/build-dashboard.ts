/**
 * Builds the dashboard, which the API serves at `/`. An install without development dependencies has nothing to build it with:
 * that is said, and is no failure.
 */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
try {
  require.resolve('vite')
  require.resolve('@vitejs/plugin-react')
} catch {
  console.warn('The dashboard is not built: its development dependencies are not installed.')
  process.exit(0)
}
const { build } = await import('vite')
await build({ configFile: fileURLToPath(new URL('../apps/dashboard/vite.config.ts', import.meta.url)) })
