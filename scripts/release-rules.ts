/** Where the version stands, and what a release changes in those files. Pure: files are texts by path. */

/** How a place of the file writes the version, with which separator. Each place must be there at least once. */
const places: [files: RegExp, before: RegExp, after: string, separator?: '-'][] = [
  [/^(?:(?:packages|apps)\/[^/]+\/)?package\.json$/, /(?<=^ {2}"version": ")/, '"'],
  [/^examples\/[^/]+\/package\.json$/, /(?<="@backhaul\/[\w-]+": "\^)/, '"'],
  [/^Dockerfile$/, /(?<=org\.opencontainers\.image\.version=")/, '"'],
  [/^packages\/transfer\/src\/source\/rules\/user-agent\.ts$/, /(?<=export const version = ')/, "'"],
  [/^apps\/cli\/README\.md$/, /(?<=backhaul-cli-)/, '\\.tgz'],
  [/^packages\/sdk\/README\.md$/, /(?<=backhaul-sdk-)/, '\\.tgz'],
  [/^packages\/webhooks\/README\.md$/, /(?<=backhaul-webhooks-)/, '\\.tgz'],
  [/^scripts\/build-cli\.ts$/, /(?<=backhaul-cli-)/, '\\.tgz'],
  [/^deploy\/helm\/backhaul\/Chart\.yaml$/, /(?<=^(?:version|appVersion): )/, '$'],
  [/^deploy\/kubernetes\/base\/(?:api|migration|worker)\.yaml$/, /(?<= image: backhaul:)/, '$'],
  // A Job never changes: each version has one of its own.
  [/^deploy\/kubernetes\/base\/migration\.yaml$/, /(?<=^ {2}name: backhaul-migration-)/, '$', '-'],
  [/^docs\/kubernetes\.md$/, /(?<=\/backhaul:)/, '( \\.)?$'],
]
/** Of a workspace on another one: may be missing. */
const dependency = /(?<="@backhaul\/[\w-]+": ")/
const versionPattern = '\\d+\\.\\d+\\.\\d+(?:-[\\w.]+)?'
/** With `-` in the place of each point, as names of Kubernetes have it. */
const dashedPattern = '\\d+-\\d+-\\d+(?:-[\\w-]+)?'
const dashed = (version: string) => version.replaceAll('.', '-')

export type Files = Record<string, string>

/** Those that a release writes, of all in the repository. */
export function releaseFiles(all: readonly string[]): string[] {
  return all.filter(
    (path) => places.some(([files]) => files.test(path)) || path === 'package-lock.json' || path === 'CHANGELOG.md',
  )
}

/** One sentence for each place that does not name the version. */
export function wrongVersions(files: Files, version: string): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    if (path === 'CHANGELOG.md') return []
    if (path === 'package-lock.json')
      return withVersion(path, text, version) === text ? [] : [`${path} is not of ${version}`]
    const found = placesOf(path).flatMap(({ pattern, write }) =>
      (text.match(pattern) ?? []).map((other) => ({ other, wanted: write(version) })),
    )
    if (found.length === 0) return [`${path} names no version`]
    const sentences = found
      .filter(({ other, wanted }) => other !== wanted)
      .map(({ other, wanted }) => `${path} names ${other}, not ${wanted}`)
    return [...new Set(sentences)]
  })
}

/** The file with this version in all its places. */
export function withVersion(path: string, text: string, version: string): string {
  if (path !== 'package-lock.json')
    return placesOf(path).reduce((sum, { pattern, write }) => sum.replace(pattern, write(version)), text)
  const lock = JSON.parse(text) as Lock
  lock.version = version
  for (const [place, entry] of Object.entries(lock.packages)) {
    if (place.includes('node_modules/')) continue
    if (entry.version !== undefined) entry.version = version
    for (const needed of [entry.dependencies ?? {}, entry.devDependencies ?? {}])
      for (const name of Object.keys(needed)) if (name.startsWith('@backhaul/')) needed[name] = version
  }
  return `${JSON.stringify(lock, null, 2)}\n`
}

interface Lock {
  version: string
  packages: Record<
    string,
    { version?: string; dependencies?: Record<string, string>; devDependencies?: Record<string, string> }
  >
}

interface Place {
  pattern: RegExp
  write(version: string): string
}

function placesOf(path: string): Place[] {
  const own = places
    .filter(([files]) => files.test(path))
    .map(([, before, after, separator]): Place => {
      const version = separator === '-' ? dashedPattern : versionPattern
      const pattern = new RegExp(`${before.source}${version}(?=${after})`, 'gm')
      return { pattern, write: separator === '-' ? dashed : String }
    })
  if (!path.endsWith('package.json')) return own
  return [...own, { pattern: new RegExp(`${dependency.source}${versionPattern}(?=")`, 'g'), write: String }]
}

const unreleased = '## [Unreleased]\n'

/** What is unreleased becomes the version's. Throws when there is nothing, or the version is in it already. */
export function releasedChangelog(text: string, version: string, day: string): string {
  if (text.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md has ${version} already`)
  if (unreleasedLines(text).length === 0) throw new Error('CHANGELOG.md has nothing under "Unreleased"')
  return text.replace(unreleased, `${unreleased}\n## [${version}] - ${day}\n`)
}

/** The entries that no version has yet. */
export function unreleasedLines(text: string): string[] {
  const [, behind = ''] = text.split(unreleased)
  return behind
    .split(/^## \[/m)[0]!
    .split('\n')
    .filter((line) => line.startsWith('- '))
}
