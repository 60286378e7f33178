import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Most suites wait for servers and times more than they compute: three keep two cores busy.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        // Rules alone: nothing to set up, and nothing that one file could leave behind for the next.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**'],
          globalSetup: ['test/support/global-setup.ts', 'test/support/postgres-setup.ts'],
        },
      },
    ],
  },
})
