/** The fields of a task that the demo reads; `/openapi.json` describes all of them. */
export interface DemoTask {
  id: string
  taskDescription: string | null
  state: 'suspended' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled'
  waitingFor: { reason: string; detail: string }[]
  progress: {
    countOfBytesReceived: number
    countOfBytesExpectedToReceive: number | null
    bytesPerSecond: number | null
  }
  attempts: number
  file: { bytes: number; checksums: { crc32: string; sha256?: string } } | null
  error: { name: string; detail: string } | null
  metrics: { transactions: { resumedFrom: number | null }[]; redirectCount: number }
  beganAt: string | null
  endedAt: string | null
}

/** A complete client: JSON over HTTP with a bearer key. */
export interface Client {
  /** Throws unless the response is 2xx. */
  send<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T>
  /** The bytes of a completed task's file; `fetch` follows the redirect to the short-lived link. */
  file(taskId: string): Promise<Buffer>
}

export function createClient(baseUrl: string, key: string, signal: AbortSignal): Client {
  const request = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const headers: Record<string, string> = { authorization: `Bearer ${key}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const init = { method, headers, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await fetch(baseUrl + path, init)
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    return response
  }
  return {
    send: async <T>(method: string, path: string, body?: unknown) =>
      (await (await request(method, path, body)).json()) as T,
    file: async (taskId) => Buffer.from(await (await request('GET', `/v1/tasks/${taskId}/file`)).arrayBuffer()),
  }
}

export function hasEnded(task: DemoTask): boolean {
  return task.endedAt !== null
}

/** The offset from which an interrupted transfer was resumed. */
export function resumedFrom(task: DemoTask): number | null {
  return task.metrics.transactions.findLast(({ resumedFrom }) => resumedFrom !== null)?.resumedFrom ?? null
}
