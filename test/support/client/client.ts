import type { TaskView } from '#core/tasks/rules/task-view.ts'

interface ClientResponse<T> {
  status: number
  headers: Headers
  body: T
}

/** A client of the HTTP API, as a user's code would be one. */
export interface Client {
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<ClientResponse<T>>
  /** As `call`, but throws unless the response is 2xx. */
  ok<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>
  task(id: string): Promise<TaskView>
  /** The task once it has ended. */
  ended(id: string): Promise<TaskView>
  /** Every task of a session. */
  tasks(session: string): Promise<TaskView[]>
  /** The file's bytes, through the link. */
  file(id: string, headers?: Record<string, string>): Promise<Response>
}

export function createClient(url: string, key: string): Client {
  const authorization = `Bearer ${key}`
  const call = async <T>(method: string, path: string, body?: unknown): Promise<ClientResponse<T>> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : null) as T }
  }
  const ok = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await call<T>(method, path, body)
    if (response.status >= 300)
      throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`)
    return response.body
  }
  const client: Client = {
    call,
    ok,
    task: (id) => ok<TaskView>('GET', `/v1/tasks/${id}`),
    async ended(id) {
      let task: TaskView
      for (let waits = 0; waits < 30; waits++) {
        task = await ok<TaskView>('GET', `/v1/tasks/${id}?wait=30`)
        if (task.endedAt !== null) return task
      }
      throw new Error(`not ended within 900 s: ${JSON.stringify(task!)}`)
    },
    async tasks(session) {
      const all: TaskView[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`
        const path = `/v1/sessions/${session}/tasks?limit=200${query}`
        const page: { data: TaskView[]; nextCursor: string | null } = await ok('GET', path)
        all.push(...page.data)
        cursor = page.nextCursor
      }
      return all
    },
    async file(id, headers = {}) {
      const linked = await fetch(`${url}/v1/tasks/${id}/file`, { headers: { authorization }, redirect: 'manual' })
      if (linked.status !== 302) throw new Error(`no link: ${linked.status} ${await linked.text()}`)
      return fetch(new URL(linked.headers.get('location')!, url), { headers })
    },
  }
  return client
}
