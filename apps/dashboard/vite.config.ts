import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const service = process.env.BACKHAUL_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwind()],
  // The policy of the page allows no data: URLs, and files with a hash in their names are kept for ever.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  // While it is worked on, the API is a service that runs beside it.
  server: { proxy: Object.fromEntries(['/v1', '/.well-known'].map((path) => [path, service])) },
  logLevel: 'warn',
})
