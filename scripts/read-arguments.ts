import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * What a script was called with. One that is called for help prints its usage and ends; one that is called in another way than its usage says so
 * on stderr, with exit code 2.
 */
export function readArguments<const T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    const parsed = parseArgs(config)
    if (!(parsed.values as { help?: boolean }).help) return parsed
  } catch (error) {
    // Node's second sentence is about arguments that begin with a dash, of which no script has any.
    console.error(`${(error as Error).message.replace(/\. To specify .*/s, '')}\n\n${usage}`)
    process.exit(2)
  }
  console.log(usage)
  process.exit(0)
}
