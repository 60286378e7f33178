import { describe, expect, it } from 'vitest'
import { type ProcessKind, readConfig, settingList } from '#core/runtime/config.ts'
import { useRenderings } from './renderings.ts'

const known: string[] = settingList.map(({ name }) => name)
/** An address of S3 may stand in either place. */
const secretNames = settingList
  .filter(({ name, secret }) => secret && !/^S3_\w*ENDPOINT$/.test(name))
  .map(({ name }) => name as string)
const secrets: Record<string, string> = {
  DATABASE_URL: 'postgresql://backhaul:password@database:5432/backhaul',
  ENCRYPTION_KEYS: '00'.repeat(32),
  ADMIN_TOKEN: 'an-admin-token',
}
const places = ['managed, Kustomize', 'managed, Helm', 'in-cluster, Kustomize', 'in-cluster, Helm']

describe.skipIf(process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1')('the environment in Kubernetes', () => {
  const { of } = useRenderings()
  /** What a process gets: settings by value, variables out of the Secret by reference. */
  const environment = (name: string, component: string) => {
    const workload = of(name).find(
      ({ spec }) => spec?.template?.metadata.labels['app.kubernetes.io/component'] === component,
    )
    const [container] = workload!.spec!.template!.spec.containers
    const maps = (container!.envFrom ?? []).map(({ configMapRef }) =>
      of(name).find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef!.name),
    )
    const given: Record<string, string> = Object.assign({}, ...maps.map((map) => map!.data))
    return { given, references: container!.env ?? [] }
  }
  const components: Record<string, ProcessKind> = { api: 'api', worker: 'worker', migration: 'migrate' }
  const cases = places.flatMap((name) => Object.entries(components).map(([each, kind]) => [name, each, kind] as const))

  it.each(cases)('%s: gives %s settings that exist, and enough of them to start', (name, component, kind) => {
    const { given, references } = environment(name, component)
    const names = [...Object.keys(given), ...references.map((each) => each.name)]
    expect(names.filter((each) => !known.includes(each))).toEqual([])
    const required = references.filter(({ valueFrom }) => !valueFrom?.secretKeyRef?.optional).map((each) => each.name)
    expect(required).toEqual(kind === 'migrate' ? ['DATABASE_URL'] : Object.keys(secrets))
    const config = readConfig({ ...given, ...Object.fromEntries(required.map((each) => [each, secrets[each]])) }, kind)
    if (kind === 'migrate') return
    expect(config).toMatchObject({
      publicUrl: 'https://backhaul.example.com',
      port: 8080,
      operationsHost: '0.0.0.0',
      operationsPort: 9464,
    })
    // Nothing is left to be made in a folder.
    expect(config.s3 && config.adminTokens && config.encryptionKeys).toBeTruthy()
    expect(config.egress.denied.length).toBeGreaterThan(0)
  })

  it.each(cases)('%s: gives %s secrets by reference only', (name, component) => {
    const { given, references } = environment(name, component)
    expect(Object.keys(given).filter((each) => secretNames.includes(each))).toEqual([])
    for (const { name: variable, valueFrom } of references)
      expect(valueFrom?.secretKeyRef, variable).toMatchObject({ name: 'backhaul-secrets', key: variable })
  })

  it.each(places)('%s: has a place for every secret there is', (name) => {
    // A single key is a list of one.
    const another = ['ENCRYPTION_KEY']
    const referred = Object.keys(components).flatMap((each) => environment(name, each).references)
    expect(new Set(referred.map((each) => each.name))).toEqual(
      new Set(settingList.filter(({ secret, name }) => secret && !another.includes(name)).map((each) => each.name)),
    )
  })
})
