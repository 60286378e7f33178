import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest come first, or the others would wait for them at the end. A fresh clone does not know yet which they are. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const rank = ({ moduleId }: TestSpecification) =>
      ['/faults/', '/e2e/', ''].findIndex((part) => moduleId.includes(part))
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    // The longest suites start dozens of processes: three keep two cores busy, and more would only make each of them slower.
    maxWorkers: Math.min(8, availableParallelism() + 1),
    // Files share nothing that could matter, and a process for each would load the same modules 250 times.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // For what hangs: a slow machine is no failure.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      // Rules alone: there is nothing to set up.
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**'],
          globalSetup: ['test/support/servers/global-setup.ts', 'test/support/servers/postgres-setup.ts'],
        },
      },
    ],
  },
})
