import type { EventType } from '@backhaul/core'
import { components } from '../schemas/all.ts'
import { eventSchemas } from '../schemas/event.ts'

interface Schema {
  $id?: string
  $ref?: string
  type?: string
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly Schema[]
  properties?: Record<string, Schema>
  items?: Schema
  pattern?: string
  format?: string
  minimum?: number
}

/** Example data of an event type: every field, filled in by its schema. */
export function eventExample(type: EventType): { type: EventType; data: Record<string, unknown> } {
  const { data } = (eventSchemas[type] as Schema).properties!
  return { type, data: exampleOf(data!) as Record<string, unknown> }
}

const named = new Map((components as Schema[]).map((schema) => [schema.$id, schema]))

function exampleOf(schema: Schema): unknown {
  if (schema.$ref !== undefined) return exampleOf(named.get(schema.$ref)!)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return exampleOf(schema.anyOf.find(({ type }) => type !== 'null')!)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, of]) => [name, exampleOf(of)]))
    case 'array':
      return [exampleOf(schema.items!)]
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, 1)
    case 'boolean':
      return true
    default:
      return textOf(schema)
  }
}

function textOf({ format, pattern }: Schema): string {
  if (format === 'date-time') return '2026-01-01T00:00:00.000Z'
  const prefix = /^\^([a-z]{3})_\[0-7\]/.exec(pattern ?? '')?.[1]
  return prefix === undefined ? 'example' : `${prefix}_01h455vb4pex5vsknk084sn02q`
}
