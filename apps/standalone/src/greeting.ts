import { join, resolve } from 'node:path'
import { type Config, signInLinkMinutes } from '@backhaul/core'

/** The part of the configuration that the greeting needs. */
type Kept = Pick<Config, 'dataDir' | 'databaseUrl' | 's3' | 'adminTokens' | 'publicUrl'>

/** The greeting of the first start, the only time when the key can be shown. */
export function firstWords(
  kept: Kept,
  { url, adminToken, apiKey, signInToken }: Record<'url' | 'adminToken' | 'apiKey' | 'signInToken', string>,
): string {
  const headers = `-H 'authorization: Bearer ${apiKey}' -H 'content-type: application/json'`
  return `
Backhaul is running at ${url}

  Operator token  ${kept.adminTokens === null ? `${adminToken}   (${tokenPlace(kept)})` : tokenPlace(kept)}
  API key         ${apiKey}   (of the tenant "default"; shown this once)
  Sign in         ${signInLink(kept, url, signInToken)}   (once, within ${signInLinkMinutes} minutes)
  API reference   ${url}/docs
  Kept in         ${resolve(kept.dataDir)}
    PostgreSQL    ${kept.databaseUrl === null ? 'embedded' : 'your own (DATABASE_URL)'}
    files         ${kept.s3 === null ? 'on disk' : `in the bucket ${kept.s3.bucket}`}

Try it: a session, then a download in it (put any public https URL there), then what has become of it:

  curl -X PUT ${url}/v1/sessions/first \\
    ${headers} \\
    -d '{"configuration": {"delegate": {"kind": "pull"}}}'

  curl -X POST ${url}/v1/sessions/first/tasks \\
    ${headers} \\
    -d '{"url": "https://example.com/"}'

  curl ${url}/v1/sessions/first/tasks -H 'authorization: Bearer ${apiKey}'

`
}

export function laterWords(kept: Kept, { url }: { url: string }): string {
  return `
Backhaul is running at ${url}

  Operator token  ${tokenPlace(kept)}
  API reference   ${url}/docs

`
}

/** In the fragment, which browsers send to nobody: so that it is in no log. */
function signInLink({ publicUrl }: Kept, url: string, token: string): string {
  return `${publicUrl ?? url}/#sign-in=${token}`
}

function tokenPlace({ adminTokens, dataDir }: Kept): string {
  return adminTokens === null ? `kept in ${resolve(join(dataDir, 'admin-token'))}` : 'as given in ADMIN_TOKEN'
}
