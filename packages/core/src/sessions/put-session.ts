import { checkHeaders } from '@backhaul/transfer/rules'
import { decisionKinds } from '../decisions/rules/decision.ts'
import { checkEndpointUrl, type EndpointPolicy } from '../endpoints/check-endpoint.ts'
import type { EndpointStore } from '../endpoints/endpoint-store.ts'
import type { Mint } from '../kernel/ids.ts'
import { AppError, type RequestError } from '../kernel/rules/errors.ts'
import type { Task } from '../tasks/rules/task.ts'
import { refuseBadHours, refuseBadTimetable } from './check-preferred-hours.ts'
import { type GivenBandwidthWindow, withTimeZones } from './rules/bandwidth-timetable.ts'
import {
  type Delegate,
  defaultConfiguration,
  defaultsOf,
  differences,
  type Session,
  type SessionConfiguration,
} from './rules/session.ts'
import type { GivenDelegate, SessionStore } from './session-store.ts'

interface PutSessionPorts extends EndpointPolicy {
  stores: {
    sessions: Pick<SessionStore, 'putSession' | 'resumeDeliveries' | 'listOutstandingTasks'>
    endpoints: Pick<EndpointStore, 'findEndpoint'>
  }
  mint: Pick<Mint, 'webhookSecret'>
  /** Whether an endpoint that is made has to answer a challenge. */
  webhookVerification: boolean
}

type DelegatePorts = Omit<PutSessionPorts, 'stores'>

/** The members that a client gives; missing ones have their defaults. */
export type GivenConfiguration = {
  [Field in Exclude<keyof typeof defaultConfiguration, 'bandwidthTimetable'>]?: SessionConfiguration[Field] | undefined
} & {
  bandwidthTimetable?: GivenBandwidthWindow[] | undefined
} & { delegate?: { kind?: 'pull' | undefined; endpointId?: string | undefined; url?: string | undefined } | undefined }

export interface PutSession {
  session: Session
  created: boolean
  /** The unended tasks of a session that was found, by their numbers, {@link outstandingAtOnce} at most. */
  outstandingTasks: Task[]
  /** The secret of the endpoint that was made for the session's URL; shown only in this response. */
  secret: string | null
}

const at = '/configuration'
/** As many as a page of a list has; the list has them all. */
const outstandingAtOnce = 200

/**
 * Creates the session, or finds it with the same configuration. `given` undefined: find it, whatever its configuration.
 * Throws `delegate_required`, `configuration_mismatch` (with `differences`), the guard's and the headers' refusals.
 */
export async function putSession(
  { stores, ...ports }: PutSessionPorts,
  tenantId: string,
  identifier: string,
  given: GivenConfiguration | undefined,
): Promise<PutSession> {
  const configuration = given === undefined ? null : fill(given, ports)
  const result = await stores.sessions.putSession(tenantId, identifier, configuration)
  switch (result.kind) {
    case 'created':
      return { session: result.session, created: true, outstandingTasks: [], secret: result.secret ?? null }
    case 'exists':
      if (given !== undefined)
        await compare(stores, tenantId, result.session, fill(given, ports, defaultsOf(result.session.defaultsVersion)))
      await stores.sessions.resumeDeliveries(result.session.id)
      return {
        session: result.session,
        created: false,
        outstandingTasks: await stores.sessions.listOutstandingTasks(result.session.id, outstandingAtOnce),
        secret: null,
      }
    case 'no_such_endpoint':
      throw delegateRequired(`${at}/delegate/endpointId`, 'There is no endpoint with this id.')
    case 'delegate_required':
      throw delegateRequired(
        `${at}/delegate`,
        'There is no session with this identifier, and a new one needs a delegate: where its events go.',
      )
  }
}

type Filled = Omit<SessionConfiguration, 'delegate'> & { delegate: GivenDelegate }

function fill(given: GivenConfiguration, ports: DelegatePorts, defaults = defaultConfiguration): Filled {
  const delegate = readDelegate(given.delegate, ports)
  const settled = Object.entries(given).filter(([, value]) => value !== undefined)
  const configuration: Filled = { ...defaults, ...Object.fromEntries(settled), delegate }
  // In one order, so that the same set is the same configuration.
  configuration.delegateDecisions = decisionKinds.filter((kind) => configuration.delegateDecisions.includes(kind))
  configuration.bandwidthTimetable = withTimeZones(configuration.bandwidthTimetable)
  checkAskable(configuration)
  const errors = checkHeaders(configuration.httpAdditionalHeaders).map(
    (error): RequestError => ({ ...error, pointer: `${at}/httpAdditionalHeaders${error.pointer}` }),
  )
  const [first] = errors
  if (first) throw new AppError('forbidden_header', first.detail, { errors })
  refuseBadHours(configuration.preferredHours, `${at}/preferredHours`)
  refuseBadTimetable(configuration.bandwidthTimetable, `${at}/bandwidthTimetable`)
  return configuration
}

function readDelegate(given: GivenConfiguration['delegate'], ports: DelegatePorts): GivenDelegate {
  const { kind, endpointId, url } = given ?? {}
  const chosen = [kind, endpointId, url].filter((member) => member !== undefined)
  if (chosen.length === 0) throw delegateRequired(`${at}/delegate`, 'A session needs a delegate: where its events go.')
  if (chosen.length > 1) {
    const detail = 'Give exactly one of endpointId, url and kind.'
    const fix = 'Keep one of them.'
    throw new AppError('invalid_request', detail, {
      errors: [{ pointer: `${at}/delegate`, code: 'oneOf', detail, fix }],
    })
  }
  if (url !== undefined) {
    const checked = checkEndpointUrl(url, ports, `${at}/delegate/url`)
    const { mint, webhookVerification: requiresVerification } = ports
    return { url: checked, newSecret: mint.webhookSecret(), requiresVerification }
  }
  return endpointId === undefined ? { kind: 'pull' } : { endpointId }
}

/** Only an endpoint that is called can be asked. */
function checkAskable({ delegateDecisions, delegate, sessionSendsLaunchEvents }: Filled): void {
  if (delegateDecisions.length === 0 || (!('kind' in delegate) && sessionSendsLaunchEvents)) return
  const pointer = `${at}/delegateDecisions`
  const detail = 'Nobody can be asked: this session only puts its events into the feed.'
  const fix = 'Give an endpoint as delegate and leave sessionSendsLaunchEvents on, or ask for no decisions.'
  throw new AppError('delegate_required', detail, { errors: [{ pointer, code: 'delegate_required', detail, fix }] })
}

/** The delegate is compared by the endpoint it leads to: a URL and the id of its endpoint are the same. */
async function compare(
  stores: { endpoints: Pick<EndpointStore, 'findEndpoint'> },
  tenantId: string,
  { configuration: stored }: Session,
  given: Filled,
): Promise<void> {
  const same = await leadsTo(stores, tenantId, stored.delegate, given.delegate)
  const found = differences(stored, { ...given, delegate: stored.delegate })
  const shown = 'url' in given.delegate ? { url: given.delegate.url } : given.delegate
  if (!same) found.unshift({ pointer: '/delegate', stored: stored.delegate, given: shown })
  if (found.length === 0) return
  throw new AppError(
    'configuration_mismatch',
    'A configuration is frozen when its session is created; this one differs from it.',
    { extensions: { differences: found } },
  )
}

async function leadsTo(
  stores: { endpoints: Pick<EndpointStore, 'findEndpoint'> },
  tenantId: string,
  stored: Delegate,
  given: GivenDelegate,
): Promise<boolean> {
  if ('kind' in stored || 'kind' in given) return 'kind' in stored && 'kind' in given
  if ('endpointId' in given) return given.endpointId === stored.endpointId
  return (await stores.endpoints.findEndpoint(tenantId, stored.endpointId))?.url === given.url
}

function delegateRequired(pointer: string, detail: string): AppError {
  const fix = 'Give {"endpointId": "whe_…"}, {"url": "https://…"} or {"kind": "pull"}.'
  return new AppError('delegate_required', detail, { errors: [{ pointer, code: 'delegate_required', detail, fix }] })
}
