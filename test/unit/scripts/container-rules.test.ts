import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { brokenContainerRules, type ContainerFiles } from '#scripts/container-rules.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const files: ContainerFiles = {
  compose: read('docker-compose.yml'),
  dockerfile: read('Dockerfile'),
  dockerignore: read('.dockerignore'),
  version: JSON.parse(read('package.json')).version,
  nodeVersion: '24.21.0',
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backhaul-containers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('the promises of the containers', () => {
  it('are kept', () => {
    expect(brokenContainerRules(files)).toEqual([])
  })

  it.each<[keyof ContainerFiles, string, string, string]>([
    ['compose', '  init: true\n', '', 'postgres has no init'],
    ['compose', '  read_only: true\n', '', 's3 may write to its image'],
    ['compose', 'tmpfs: [/tmp, /var', 'tmpfs: [/var', 'postgres has no tmpfs'],
    ['compose', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'redis keeps capabilities'],
    ['compose', 'no-new-privileges:true', 'no-new-privileges:false', 'api may gain privileges'],
    ['compose', '    mem_limit: 768m\n', '', 'redis has no limit of memory'],
    ['compose', 'max-size: 10m, ', '', 'worker has a log that grows'],
    [
      'compose',
      'test: [CMD, pg_isready',
      'test: [CMD-SHELL, pg_isready',
      'postgres has a health check that runs a shell',
    ],
    ['compose', 'timeout: 60s', 'timeout: 5s', 'postgres has a health check with a short time-out'],
    ['compose', 'test: [CMD, bash, scripts/api-health.bash]', 'test: [CMD, node, -e, 0]', 'api starts Node'],
    ['compose', "'127.0.0.1:8333:8333'", "'8333:8333'", 's3 is published to other machines'],
    ['compose', 'command: node apps/worker', 'build: .\n    command: node apps/worker', 'not built exactly once'],
    ['compose', 'pull_policy: never', 'pull_policy: missing', 'would pull its image'],
    ['compose', '.env, required: false', '.env, required: true', 'cannot do without the file'],
    ['compose', 'redis:8.8', 'redis:8', 'redis has no pinned minor tag'],
    ['compose', 'seaweedfs:4.48', 'seaweedfs:4.46', 'lost multipart checksums'],
    ['compose', 'command: mini ', 'command: server ', 's3 does not name its command'],
    ['compose', 'internal: true', 'internal: false', 'leads out'],
    ['compose', 'networks: [links, back]', 'networks: [front, back]', 'a server is in the network that leads out'],
    ['compose', "0/24}' }] }", "0/25}' }] }", 'EGRESS_DENY_CIDRS'],
    ['compose', '${ADMIN_TOKEN:?', '${ADMIN_TOKEN:-secret', 'ADMIN_TOKEN has a default'],
    ['dockerfile', ' --omit=peer', '', 'installs packages of development'],
    ['dockerfile', ' && node scripts/check-modules.ts', '', 'does not check what it has installed'],
    ['dockerfile', 'USER 1000:1000', 'USER node', 'runs as root, or as a user that has no number'],
    ['dockerfile', 'image.licenses', 'image.license', 'lacks a label'],
    ['dockerfile', '--mount=type=cache,target=/root/.npm npm', 'npm', 'has no cache mount'],
    ['dockerignore', '**/.env*\n', '', '.env* would be in the image'],
    ['dockerignore', '!.env.example\n', '', 'takes out .env.example'],
    ['dockerignore', 'docker-compose*.yml\n', '', 'docker-compose*.yml would be in the image'],
    ['dockerignore', '!docs/guide/*.md\n', '', 'docs/guide/*.md, which the API serves, would not be in the image'],
  ])('in %s, %j instead of %j breaks one', (name, from, to, sentence) => {
    expect(files[name]).toContain(from)
    const sentences = brokenContainerRules({ ...files, [name]: files[name].replace(from, () => to) })
    expect(sentences.join('\n')).toContain(sentence)
  })

  it('bind the image to the version and to the Node of package.json', () => {
    const sentences = brokenContainerRules({ ...files, version: '7.8.9', nodeVersion: '24.22.0' })
    expect(sentences.join('\n')).toMatch(
      /not based on node:24.22-slim[\s\S]*another version than package.json \(7.8.9\)/,
    )
  })
})

describe('scripts/check-modules.ts', () => {
  const check = (packages: Record<string, object>, installed: Record<string, number>) => {
    const folder = newFolder()
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }))
    for (const [path, bytes] of Object.entries(installed)) {
      mkdirSync(join(folder, path), { recursive: true })
      writeFileSync(join(folder, path, 'index.js'), Buffer.alloc(bytes))
    }
    const { status, stderr } = spawnSync(process.execPath, ['scripts/check-modules.ts', folder], { encoding: 'utf8' })
    return { status, stderr: stderr.trim() }
  }
  const lock = { 'node_modules/needed': {}, 'node_modules/@a/tool': { dev: true }, 'node_modules/peer': { peer: true } }

  it('agrees with what production needs', () => {
    expect(check(lock, { 'node_modules/needed': 10 })).toEqual({ status: 0, stderr: '' })
  })

  it('names packages that only development needs', () => {
    const installed = { 'node_modules/needed': 10, 'node_modules/@a/tool': 10, 'node_modules/peer': 10 }
    const stderr = 'not needed in production, but installed: node_modules/@a/tool, node_modules/peer'
    expect(check(lock, installed)).toEqual({ status: 1, stderr })
  })

  it('refuses modules that have grown too large', () => {
    const { status, stderr } = check(lock, { 'node_modules/needed': 160_000_001 })
    expect([status, stderr]).toEqual([1, 'the modules have 160000001 bytes, and at most 160000000 are allowed'])
  })
})

describe('scripts/worker-health.bash', () => {
  const health = (file: string) => spawnSync('bash', ['scripts/worker-health.bash', file]).status

  it('says 0 for a worker that came round within a minute, and 1 otherwise', () => {
    const file = join(newFolder(), 'heartbeat')
    expect(health(file)).toBe(1)
    execFileSync('touch', [file])
    expect(health(file)).toBe(0)
    utimesSync(file, new Date(), new Date(Date.now() - 61_000))
    expect(health(file)).toBe(1)
  })
})
