/** Rules for docker-compose.yml, the Dockerfile and .dockerignore, checked as text without a container engine. */
import { parse } from 'yaml'

export interface ContainerFiles {
  compose: string
  dockerfile: string
  dockerignore: string
  /** Both versions of package.json: the image's label and its Node must match. */
  version: string
  nodeVersion: string
}

interface Service {
  image?: string
  build?: unknown
  pull_policy?: string
  command?: string
  init?: boolean
  read_only?: boolean
  tmpfs?: string[]
  cap_drop?: string[]
  security_opt?: string[]
  mem_limit?: string
  logging?: { options?: Record<string, string> }
  env_file?: { path: string; required: boolean }[]
  environment?: Record<string, string>
  healthcheck?: { test: unknown; timeout?: string }
  networks?: string[]
  ports?: string[]
}
interface Compose {
  services: Record<string, Service>
  networks?: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } } | null>
}

const ours = ['api', 'worker', 'migrate']
const servers = ['postgres', 'redis', 's3']
/** Settings whose values must not be in the file. */
const secrets = ['ADMIN_TOKEN', 'ENCRYPTION_KEY', 'POSTGRES_PASSWORD', 'S3_SECRET_ACCESS_KEY']
/** Docker kills a health check that takes longer, which must not happen on a loaded machine. */
const leastTimeoutSeconds = 30
const leastSeaweed = 4.47

/** A sentence for every broken rule. */
export function brokenContainerRules(files: ContainerFiles): string[] {
  const compose = parse(files.compose, { merge: true }) as Compose
  return [
    ...Object.entries(compose.services).flatMap(([name, service]) =>
      brokenServiceRules(name, service).map((sentence) => `docker-compose.yml: ${name} ${sentence}`),
    ),
    ...[...brokenBuildRules(compose), ...brokenNetworkRules(compose), ...brokenSecretRules(files.compose)].map(
      (sentence) => `docker-compose.yml: ${sentence}`,
    ),
    ...brokenImageRules(files).map((sentence) => `Dockerfile: ${sentence}`),
    ...brokenIgnoreRules(files.dockerignore).map((sentence) => `.dockerignore: ${sentence}`),
  ]
}

type Rule = readonly [isKept: boolean, sentence: string]
const broken = (rules: readonly Rule[]): string[] => rules.flatMap(([isKept, sentence]) => (isKept ? [] : [sentence]))

function brokenServiceRules(name: string, service: Service): string[] {
  const { test, timeout } = service.healthcheck ?? {}
  const options = service.logging?.options ?? {}
  return broken([
    [service.init === true, 'has no init, so that what a health check leaves becomes a child of its main process'],
    [service.read_only === true, 'may write to its image (read_only)'],
    [service.tmpfs?.includes('/tmp') === true, 'has no tmpfs for /tmp'],
    [service.cap_drop?.join() === 'ALL', 'keeps capabilities (cap_drop)'],
    [service.security_opt?.includes('no-new-privileges:true') === true, 'may gain privileges (no-new-privileges)'],
    [service.mem_limit !== undefined, 'has no limit of memory'],
    ['max-size' in options && 'max-file' in options, 'has a log that grows for ever'],
    [name === 'migrate' || test !== undefined, 'has no health check'],
    [test === undefined || (Array.isArray(test) && test[0] === 'CMD'), 'has a health check that runs a shell'],
    [test === undefined || seconds(timeout) >= leastTimeoutSeconds, 'has a health check with a short time-out'],
    [!ours.includes(name) || !JSON.stringify(test ?? '').includes('"node"'), 'starts Node for each health check'],
    [(service.ports ?? []).every((port) => port.startsWith('127.0.0.1:')), 'is published to other machines'],
  ])
}

function seconds(text = '0s'): number {
  const [, number = '0', unit] = /^(\d+)(s|m)$/.exec(text) ?? []
  return Number(number) * (unit === 'm' ? 60 : 1)
}

function brokenBuildRules({ services }: Compose): string[] {
  const mine = ours.map((name) => services[name] ?? {})
  const builders = mine.filter(({ build }) => build !== undefined)
  const s3 = services.s3 ?? {}
  return broken([
    [builders.length === 1 && builders[0]?.pull_policy === 'build', 'the image is not built exactly once'],
    [new Set(mine.map(({ image }) => image)).size === 1, 'the processes have different images'],
    [
      mine.every(({ build, pull_policy }) => build !== undefined || pull_policy === 'never'),
      'a process would pull its image',
    ],
    [
      mine.every(({ env_file }) => env_file?.some(({ path, required }) => path === '.env' && required === false)),
      'a process does not get every setting of .env, or cannot do without the file',
    ],
    ...servers.map((name): Rule => [/:\d+\.\d+$/.test(services[name]?.image ?? ''), `${name} has no pinned minor tag`]),
    [
      Number(s3.image?.split(':')[1]) >= leastSeaweed,
      `s3 is older than ${leastSeaweed}, which lost multipart checksums`,
    ],
    [s3.command?.startsWith('mini ') === true, 's3 does not name its command'],
  ])
}

function brokenNetworkRules({ services, networks }: Compose): string[] {
  const back = networks?.back
  const subnet = back?.ipam?.config[0]?.subnet ?? 'none'
  const has = (name: string, network: string) => services[name]?.networks?.includes(network) === true
  return broken([
    [back?.internal === true, 'the network of the servers leads out'],
    [[...ours, ...servers].every((name) => has(name, 'back')), 'not everybody is in the network of the servers'],
    [servers.every((name) => !has(name, 'front')), 'a server is in the network that leads out'],
    [
      ours.every((name) => services[name]?.environment?.EGRESS_DENY_CIDRS?.endsWith(subnet)),
      'downloads may reach the network of the servers (EGRESS_DENY_CIDRS)',
    ],
  ])
}

function brokenSecretRules(compose: string): string[] {
  return secrets.flatMap((name) =>
    broken([
      [new RegExp(`\\$\\{${name}:\\?[^}]+make-env`).test(compose), `does not say what to do without ${name}`],
      [!new RegExp(`\\$\\{${name}:?-`).test(compose), `${name} has a default`],
    ]),
  )
}

function brokenImageRules({ dockerfile, version, nodeVersion }: ContainerFiles): string[] {
  const node = `node:${nodeVersion.split('.').slice(0, 2).join('.')}-slim`
  const bases = [...dockerfile.matchAll(/^FROM (node\S*)/gm)].map(([, base]) => base)
  const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ')).replaceAll('\\\n', ' ')
  const installs = [...dockerfile.replaceAll('\\\n', ' ').matchAll(/^RUN .*npm ci.*$/gm)].map(([line]) => line)
  const install = final.match(/^RUN .*npm ci.*$/m)?.[0] ?? ''
  const labels = ['title', 'description', 'version', 'licenses', 'base.name']
  return broken([
    [bases.length > 0 && bases.every((base) => base === node), `is not based on ${node}, the Node of the scripts`],
    [installs.every((line) => line.includes('--mount=type=cache,target=/root/.npm')), 'an install has no cache mount'],
    [
      ['dev', 'optional', 'peer'].every((kind) => install.includes(`--omit=${kind}`)),
      'installs packages of development',
    ],
    [
      /npm ci [^&]*(?:&& find [^&]*-delete )?&& node scripts\/check-modules\.ts/.test(install),
      'does not check what it has installed',
    ],
    [/^USER 1000:1000$/m.test(final), 'runs as root, or as a user that has no number'],
    [labels.every((label) => final.includes(`org.opencontainers.image.${label}="`)), 'lacks a label'],
    [final.includes(`image.version="${version}"`), `has another version than package.json (${version})`],
    [final.includes(`image.base.name="docker.io/library/${node}"`), 'has the label of another base'],
    [/^CMD \["node", /m.test(final), 'starts its process from a shell, which keeps signals from it'],
  ])
}

const ignored = ['**/node_modules', '**/generated', '**/data', '**/.env*', '**/*.md', '.git', 'test', 'bench']
const ignoredOverrides = ['docker-compose*.yml', 'compose*.yml']

function brokenIgnoreRules(dockerignore: string): string[] {
  const lines = dockerignore.split('\n')
  return broken([
    ...[...ignored, ...ignoredOverrides].map((line): Rule => [lines.includes(line), `${line} would be in the image`]),
    [lines.indexOf('!.env.example') > lines.indexOf('**/.env*'), 'takes out .env.example'],
    ...['!docs/*.md', '!docs/guide/*.md'].map(
      (line): Rule => [
        lines.indexOf(line) > lines.indexOf('**/*.md'),
        `${line.slice(1)}, which the API serves, would not be in the image`,
      ],
    ),
  ])
}
