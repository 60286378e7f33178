import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { wrongVersions } from '#scripts/release-rules.ts'

const cwd = fileURLToPath(new URL('../../../examples', import.meta.url))
const read = (file: string) => readFileSync(`${cwd}/${file}`, 'utf8')
const version = (manifest: string): string => JSON.parse(read(`../${manifest}/package.json`)).version
const folders = globSync('*/', { cwd })
const exclude = (path: string) => path.includes('node_modules')

it('the index names every example', () => {
  const named = [...read('README.md').matchAll(/^\| \[?(\w+)/gm)].map(([, name]) => name!)
  expect(named).toEqual(expect.arrayContaining(folders))
})

describe.each(folders)('the example %s', (folder) => {
  it('has at most 80 lines of code, and a README that says how to run it', () => {
    const code = globSync(`${folder}/**/*.{ts,js,sh,py}`, { cwd, exclude })
    expect(code.length).toBeGreaterThan(0)
    const lines = code.flatMap((file) => read(file).trimEnd().split('\n'))
    expect(lines.length).toBeLessThanOrEqual(80)
    expect(read(`${folder}/README.md`)).toMatch(/^```sh\n/m)
  })

  it('asks for the versions that it is tested with, also after a release', () => {
    for (const manifest of globSync(`${folder}/package.json`, { cwd })) {
      const text = read(manifest)
      expect(wrongVersions({ [`examples/${manifest}`]: text }, version('.'))).toEqual([])
      const { dependencies } = JSON.parse(text)
      for (const name of ['express', 'fastify'])
        expect([undefined, `^${version(`node_modules/${name}`)}`], name).toContain(dependencies[name])
    }
  })
})
