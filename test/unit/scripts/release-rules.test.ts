import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import {
  type Files,
  releasedChangelog,
  releaseFiles,
  unreleasedLines,
  withVersion,
  wrongVersions,
} from '#scripts/release-rules.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const exclude = (path: string) => path.includes('node_modules')
const paths = releaseFiles(
  globSync(['*', '{packages,apps,deploy,docs,scripts}/**/*.{json,ts,md,yaml}'], { cwd: root, exclude }),
)
const files: Files = Object.fromEntries(paths.map((path) => [path, readFileSync(`${root}/${path}`, 'utf8')]))
const { version } = JSON.parse(files['package.json']!) as { version: string }

describe('the version', () => {
  it('is the same in every file that names it', () => {
    expect(paths.length).toBeGreaterThan(12)
    expect(wrongVersions(files, version)).toEqual([])
  })

  it('is set in all of them, and nothing else is changed', () => {
    const next = Object.fromEntries(paths.map((path) => [path, withVersion(path, files[path]!, '7.8.9')]))
    expect(wrongVersions(next, '7.8.9')).toEqual([])
    for (const path of paths) expect(withVersion(path, next[path]!, version), path).toBe(files[path])
  })

  it.each([
    ['Dockerfile', 'image.version="', 'names'],
    ['deploy/helm/backhaul/Chart.yaml', '\nappVersion: ', 'names'],
    ['deploy/kubernetes/base/worker.yaml', 'image: backhaul:', 'names'],
    ['deploy/kubernetes/base/migration.yaml', 'name: backhaul-migration-', 'names'],
    ['docs/kubernetes.md', 'push registry.example.com/backhaul:', 'names'],
    ['packages/core/package.json', '"@backhaul/transfer": "', 'names'],
    ['package-lock.json', '"version": "', 'is not of'],
  ])('that %s has otherwise is noticed', (path, before, sentence) => {
    const isDashed = before.endsWith('-')
    const written = (of: string) => before + (isDashed ? of.replaceAll('.', '-') : of)
    const old = { [path]: files[path]!.replace(written(version), written('0.0.1')) }
    expect(wrongVersions(old, version)).toEqual([expect.stringContaining(`${path} ${sentence}`)])
  })
})

describe('the changelog of a release', () => {
  const text = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- One.\n\n## [0.1.0] - 2026-11-22\n\n- Old.\n'

  it('gives the version what was unreleased', () => {
    const released = releasedChangelog(text, '0.2.0', '2026-12-01')
    expect(released).toContain('## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- One.\n\n## [0.1.0]')
    expect([unreleasedLines(text), unreleasedLines(released)]).toEqual([['- One.'], []])
  })

  it('is refused when there is nothing to release, or twice', () => {
    const released = releasedChangelog(text, '0.2.0', '2026-12-01')
    expect(() => releasedChangelog(released, '0.3.0', '2026-12-02')).toThrow('nothing under "Unreleased"')
    expect(() => releasedChangelog(text, '0.1.0', '2026-12-02')).toThrow('has 0.1.0 already')
  })
})
