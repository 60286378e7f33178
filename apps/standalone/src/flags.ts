/** The only flag is `--help` (or `-h`); the environment configures everything else. */
export function readFlags(args: readonly string[]): { kind: 'run' | 'help' } | { kind: 'unknown'; flag: string } {
  const unknown = args.find((flag) => flag !== '--help' && flag !== '-h')
  if (unknown !== undefined) return { kind: 'unknown', flag: unknown }
  return { kind: args.length > 0 ? 'help' : 'run' }
}
