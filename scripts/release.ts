/** Sets the version of a release in every file that names it, or says what is missing before its tag. docs/releasing.md has the steps. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments } from './read-arguments.ts'
import {
  type Files,
  releasedChangelog,
  releaseFiles,
  unreleasedLines,
  withVersion,
  wrongVersions,
} from './release-rules.ts'

const usage = `Usage: npm run release -- <version>   set the version everywhere, and give it what CHANGELOG.md has under "Unreleased"
       npm run release -- --check     exit 1 and say what is missing before the tag`

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = readArguments(usage, {
  options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  allowPositionals: true,
})
const [version] = positionals
if ((version === undefined) !== (values.check ?? false) || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? '0.0.0')) {
  console.error(usage)
  process.exit(2)
}
const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
const tracked = git('ls-files').split('\n')
const files: Files = Object.fromEntries(
  releaseFiles(tracked).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
)
const current = (JSON.parse(files['package.json']!) as { version: string }).version
if (version === undefined) check()
else release(version)

function check(): void {
  const changelog = files['CHANGELOG.md']!
  const missing = [
    ...(git('status', '--porcelain') === '' ? [] : ['there are changes that are not committed']),
    ...wrongVersions(files, current),
    ...(changelog.includes(`\n## [${current}] - `) ? [] : [`CHANGELOG.md has no section for ${current}`]),
    ...(unreleasedLines(changelog).length === 0 ? [] : ['CHANGELOG.md has entries under "Unreleased"']),
    ...(git('tag', '--list', `v${current}`) === '' ? [] : [`the tag v${current} is there already`]),
  ]
  for (const sentence of missing) console.error(sentence)
  if (missing.length === 0) console.log(`${current} can be tagged: git tag -a v${current}`)
  process.exitCode = missing.length === 0 ? 0 : 1
}

function release(next: string): void {
  const day = new Date().toISOString().slice(0, 10)
  const changelog = releasedChangelog(files['CHANGELOG.md']!, next, day)
  for (const [path, text] of Object.entries(files))
    writeFileSync(join(root, path), path === 'CHANGELOG.md' ? changelog : withVersion(path, text, next))
  console.log(`${current} → ${next} in ${Object.keys(files).length} files.`)
  const old = new RegExp(`(?<![\\d.])${current.replaceAll('.', '\\.')}(?!\\.?\\d)`)
  const others = tracked.filter((path) => !(path in files) && old.test(readFileSync(join(root, path), 'utf8')))
  if (others.length > 0) console.log(`Not changed, look whether they mean this version:\n${others.join('\n')}`)
}
