import { Wait } from 'testcontainers'
import { aptInstall } from './apt.ts'
import { cephPackages, hasCeph, startCeph } from './ceph.ts'
import { startContainer } from './containers.ts'
import type { S3Address } from './s3-address.ts'
import type { TestServer } from './server-process.ts'

/** An S3 server: the given one (`TEST_S3_ENDPOINT` …), a container, Ceph's gateway, or that one from Debian packages. */
export async function startS3(): Promise<TestServer<S3Address>> {
  const given = givenS3(process.env)
  if (given) return { address: given, stop: async () => {} }
  const container = await startSeaweed()
  if (container) return container
  if (!hasCeph()) await aptInstall(cephPackages)
  if (!hasCeph())
    throw new Error(
      'The tests need an S3 server: set TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY_ID and TEST_S3_SECRET_ACCESS_KEY, ' +
        `start a Docker engine, or install the packages ${cephPackages.join(' ')}. ` +
        'BACKHAUL_TEST_EMBEDDED_ONLY=1 leaves out what needs one.',
    )
  return await startCeph()
}

function givenS3(env: NodeJS.ProcessEnv): S3Address | null {
  if (!env.TEST_S3_ENDPOINT) return null
  const { TEST_S3_ACCESS_KEY_ID: accessKeyId, TEST_S3_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (!accessKeyId || !secretAccessKey)
    throw new Error('TEST_S3_ACCESS_KEY_ID and TEST_S3_SECRET_ACCESS_KEY are required with TEST_S3_ENDPOINT')
  return {
    endpoint: env.TEST_S3_ENDPOINT,
    region: env.TEST_S3_REGION || 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    bucket: env.TEST_S3_BUCKET || null,
  }
}

function startSeaweed(): Promise<TestServer<S3Address> | null> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }
  const keys = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
  return startContainer(
    'chrislusf/seaweedfs',
    8333,
    (server) => server.withEnvironment(keys).withWaitStrategy(Wait.forHttp('/healthz', 8333)),
    (host, port) => ({ endpoint: `http://${host}:${port}`, region: 'us-east-1', credentials, bucket: null }),
  )
}
