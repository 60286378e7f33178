import { globSync, readFileSync } from 'node:fs'
import { type CallExpression, type Expression, type ObjectExpression, parseSync } from '@swc/core'

export interface LogEvent {
  event: string
  level: string
  fields: string[]
  message: string
}

const levels = ['debug', 'info', 'warn', 'error', 'fatal']

/** Written for a process that cannot do so any more: by its watchdog (`watchdog.ts` of the worker). */
const byTheWatchdog: LogEvent = {
  event: 'worker.hung',
  level: 'fatal',
  fields: ['workerId', 'seconds'],
  message: 'the event loop was blocked for … s: ending',
}

/** Every line of ours that the processes can log, as the sources write it: `log.info({ event: '…', … }, 'message')`. */
export function logEvents(): LogEvent[] {
  const paths = globSync('{apps,packages}/*/src/**/*.ts', { cwd: new URL('..', import.meta.url).pathname })
  const found = paths
    .toSorted()
    .flatMap((path) => eventsOf(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')))
  return [...found, byTheWatchdog].toSorted((a, b) => (a.event < b.event ? -1 : 1))
}

function eventsOf(source: string): LogEvent[] {
  const calls: { level: string; given: CallExpression['arguments'] }[] = []
  const objects = new Map<string, ObjectExpression>()
  visit(parseSync(source, { syntax: 'typescript', target: 'esnext' }), (node) => {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init?.type === 'ObjectExpression')
      objects.set(node.id.value, node.init)
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return
    const { object, property } = node.callee
    if (!isLog(object) || property.type !== 'Identifier' || !levels.includes(property.value)) return
    calls.push({ level: property.value, given: node.arguments })
  })
  return calls.flatMap(({ level, given: [first, second] }) => {
    const fields = first?.expression.type === 'Identifier' ? objects.get(first.expression.value) : first?.expression
    if (fields?.type !== 'ObjectExpression') return []
    const { event, names } = read(fields)
    return event === null ? [] : [{ event, level, fields: names, message: textOf(second?.expression) }]
  })
}

function isLog(value: Expression | { type: 'Super' | 'Import' }): boolean {
  if (value.type === 'Identifier') return value.value === 'log'
  return value.type === 'MemberExpression' && value.property.type === 'Identifier' && value.property.value === 'log'
}

function read({ properties }: ObjectExpression): { event: string | null; names: string[] } {
  let event: string | null = null
  const names: string[] = []
  for (const property of properties) {
    if (property.type === 'SpreadElement') names.push('…')
    else if (property.type === 'Identifier') names.push(property.value)
    else if (property.type === 'KeyValueProperty' && property.key.type === 'Identifier') {
      const { key, value } = property
      if (key.value === 'event' && value.type === 'StringLiteral') event = value.value
      else names.push(key.value)
    }
  }
  return { event, names }
}

function textOf(value: Expression | undefined): string {
  if (value?.type === 'StringLiteral') return value.value
  if (value?.type === 'TemplateLiteral') return value.quasis.map(({ cooked }) => cooked).join('…')
  // A variable: the line says which of several things it is.
  return '…'
}

// biome-ignore lint/suspicious/noExplicitAny: the nodes of a syntax tree, told apart by their type
function visit(node: any, seen: (node: any) => void): void {
  if (Array.isArray(node)) for (const each of node) visit(each, seen)
  else if (node !== null && typeof node === 'object') {
    if (typeof node.type === 'string') seen(node)
    for (const member of Object.values(node)) visit(member, seen)
  }
}
