import type { FastifyRequest } from 'fastify'

/**
 * `name[key]=value` as members of `name`, where the schema has an object of that name (OpenAPI's style `deepObject`).
 * Everything else is left unchanged for the schema to refuse: other forms of brackets, a key that is given twice.
 */
export function readDeepObjects({ query, routeOptions }: FastifyRequest): void {
  const schema = routeOptions.schema?.querystring as { properties?: Record<string, { type?: string }> } | undefined
  const values = query as Record<string, unknown>
  for (const [name, { type }] of Object.entries(schema?.properties ?? {})) {
    if (type !== 'object' || name in values) continue
    const members: [string, unknown][] = []
    for (const field of Object.keys(values)) {
      if (!field.startsWith(`${name}[`)) continue
      const key = /^\[([^[\]]+)\]$/.exec(field.slice(name.length))?.[1]
      if (key === undefined) continue
      members.push([key, values[field]])
      delete values[field]
    }
    // `fromEntries` defines members, so that `__proto__` is an ordinary one.
    if (members.length > 0) values[name] = Object.fromEntries(members)
  }
}
