import { InvalidArgumentError } from 'commander'
import { targetUrl } from '../rules/target-url.ts'

/** The value of an option that says where webhooks are forwarded to. */
export function readTarget(text: string): string {
  const url = targetUrl(text)
  if (url === null) throw new InvalidArgumentError('It must be an http or https URL without a password, or a port.')
  return url
}
