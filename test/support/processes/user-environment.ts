const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env

/**
 * What a user's shell gives to a process, and no other variables of ours. Where modules are kept compiled is given on too:
 * hundreds of processes are started, and with it each starts in half the time.
 */
export const userEnvironment: Record<string, string> = {
  PATH,
  HOME,
  ...(NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}),
}
