/** The facts of an environment variable besides its type. */
interface Facts {
  description: string
  /** What a valid value looks like, for "PORT must be …". */
  expected: string
  unit?: string
  /** Its value never appears in a message. */
  secret?: boolean
  /** How the table names a default that is not a fixed value. */
  absent?: string
}

export interface SettingKind<Value> extends Facts {
  type: 'string' | 'integer' | 'number' | 'boolean'
  /** Its value when the variable is absent. */
  default: Value
  /** Undefined when the text is no such value. */
  read(text: string): Value | undefined
}

type Said<Value> = Facts & { default?: Value }
/** Undefined is a value of a setting that has no default. */
type Given<Value, F> = F extends { default: Value } ? Value : Value | undefined

export function text<const F extends Said<string> & { pattern?: RegExp }>(facts: F): SettingKind<Given<string, F>> {
  return setting('string', facts, (given) => (facts.pattern?.test(given) === false ? undefined : given))
}

export function choice<const Value extends string>(
  options: readonly Value[],
  facts: Facts & { default: Value },
): SettingKind<Value> {
  return setting('string', facts, (given) => options.find((option) => option === given))
}

export function flag<const F extends Said<boolean>>(facts: F): SettingKind<Given<boolean, F>> {
  return setting('boolean', facts, (given) => [true, false].find((value) => String(value) === given.toLowerCase()))
}

interface Numbers extends Facts {
  minimum: number
  maximum?: number
  default?: number
}

export function number<const F extends Numbers>(facts: F): SettingKind<Given<number, F>> {
  return setting('number', facts, (given) => readNumber(given, facts))
}

export function whole<const F extends Numbers>(facts: F): SettingKind<Given<number, F>> {
  return setting('integer', facts, (given) => {
    const value = readNumber(given, facts)
    return Number.isInteger(value) ? value : undefined
  })
}

function setting<Value, F extends Said<Value>>(
  type: SettingKind<Value>['type'],
  facts: F,
  read: (text: string) => Value | undefined,
): SettingKind<Given<Value, F>> {
  return { ...facts, type, default: facts.default, read } as SettingKind<Given<Value, F>>
}

/** Stricter than Number(): no 0x10, no 1e3, no Infinity. */
function readNumber(text: string, { minimum, maximum = Number.POSITIVE_INFINITY }: Numbers): number | undefined {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  return value >= minimum && value <= maximum ? value : undefined
}
