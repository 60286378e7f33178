interface NodeModules {
  'fs/promises': typeof import('node:fs/promises')
  crypto: typeof import('node:crypto')
  zlib: typeof import('node:zlib')
}

/** Bundlers for browsers would want to resolve a name that they can read. */
export function node<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`)
}
