import type { GenericContainer } from 'testcontainers'
import type { TestServer } from './server-process.ts'

const engineMs = 5_000
const startMs = 90_000

/** Starts a container; null when no engine answers, or its image cannot be had in time. */
export async function startContainer<Address>(
  image: string,
  port: number,
  prepare: (container: GenericContainer) => GenericContainer,
  addressOf: (host: string, port: number) => Address,
): Promise<TestServer<Address> | null> {
  const { GenericContainer: Container, getContainerRuntimeClient } = await import('testcontainers')
  const engine = await within(engineMs, getContainerRuntimeClient())
  if (engine === null) return null
  const starting = prepare(new Container(image).withExposedPorts(port).withStartupTimeout(startMs)).start()
  const started = await within(startMs, starting)
  if (started === null) {
    // The container may still start after the timeout, so stop it when it does.
    starting.then((late) => late.stop()).catch(() => {})
    return null
  }
  return {
    address: addressOf(started.getHost(), started.getMappedPort(port)),
    stop: async () => void (await started.stop()),
  }
}

/** The result, or null when the promise rejects or takes longer. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), limitMs)
  try {
    return await Promise.race([work, late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
