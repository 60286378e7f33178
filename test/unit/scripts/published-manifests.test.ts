import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
const all = manifestOf('.')

/** What a registry shows, and what it compares with the place that a package was built at (provenance). */
describe.each(['packages/sdk', 'packages/webhooks', 'packages/transfer', 'apps/cli'])(
  'the manifest of %s',
  (folder) => {
    const manifest = manifestOf(folder)

    it('says what it is, whose, and under which licence', () => {
      expect(manifest.name).toBe(`@backhaul/${folder.split('/')[1]}`)
      expect(manifest.license).toBe(all.license)
      expect(manifest.description).toMatch(/^\S.{20,100}\S$/)
      expect(manifest.keywords).toContain('backhaul')
      expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length)
      expect(manifest.keywords.length).toBeGreaterThanOrEqual(5)
      expect(existsSync(join(root, folder, 'README.md'))).toBe(true)
    })

    it('names the repository of all of them, and its folder in it', () => {
      expect(all.repository).toEqual({ type: 'git', url: expect.stringMatching(/^git\+https:\/\/\S+\.git$/) })
      expect(manifest.repository).toEqual({ ...all.repository, directory: folder })
    })

    it('says which Node it needs, what is in it, and what a bundler may leave out', () => {
      expect(manifest.engines.node).toMatch(/^>=\d+(\.\d+)?$/)
      expect(manifest.files.length).toBeGreaterThan(0)
      expect(manifest.sideEffects).toBeDefined()
      expect(manifest.type).toBe('module')
    })

    it('runs nothing when it is installed, and asks for exact versions of what is ours', () => {
      expect(Object.keys(manifest.scripts ?? {})).toEqual([])
      const ours = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
      for (const [name, version] of ours) if (name.startsWith('@backhaul/')) expect(version).toBe(manifest.version)
    })

    it('is published for everybody, from its built form only', () => {
      expect(manifest.publishConfig).toEqual({ access: 'public' })
      expect(manifest.private).toBe(true)
    })
  },
)
