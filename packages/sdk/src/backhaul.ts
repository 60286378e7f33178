import { type ClientOptions, settingsOf } from './client-options.ts'
import {
  ApiKeysCalls,
  AuditCalls,
  DeliveriesCalls,
  ForegroundCalls,
  HealthCalls,
  HostsCalls,
  LimiterCalls,
  LimitsCalls,
  ReceiptsCalls,
  SessionsCalls,
  SignInCalls,
  StatsCalls,
  UsageCalls,
  WakesCalls,
} from './generated/calls.ts'
import { createTransport } from './http/transport.ts'
import { Admin } from './resources/admin.ts'
import { Endpoints } from './resources/endpoints.ts'
import { Events } from './resources/events.ts'
import { Files } from './resources/files.ts'
import { Tasks } from './resources/tasks.ts'

/**
 * A client of Backhaul.
 *
 * ```ts
 * const backhaul = new Backhaul({ apiKey: 'bh_…', baseUrl: 'https://backhaul.example.com' })
 * await backhaul.sessions.open('nightly', { configuration: { delegate: { kind: 'pull' } } })
 * const { id } = await backhaul.tasks.create('nightly', { url: 'https://example.com/data.tar.gz' })
 * const task = await backhaul.tasks.wait(id)
 * if (task.state === 'completed') await backhaul.files.save(task, 'data.tar.gz')
 * ```
 */
export class Backhaul {
  readonly sessions: SessionsCalls
  readonly tasks: Tasks
  readonly files: Files
  readonly receipts: ReceiptsCalls
  readonly events: Events
  readonly endpoints: Endpoints
  readonly deliveries: DeliveriesCalls
  readonly wakes: WakesCalls
  readonly limiter: LimiterCalls
  readonly foreground: ForegroundCalls
  readonly limits: LimitsCalls
  readonly hosts: HostsCalls
  readonly apiKeys: ApiKeysCalls
  readonly signIn: SignInCalls
  readonly audit: AuditCalls
  readonly usage: UsageCalls
  readonly stats: StatsCalls
  readonly health: HealthCalls
  readonly admin: Admin
  /** Throws a TypeError when no key is given, or `baseUrl` is no URL. */
  constructor(options: ClientOptions = {}) {
    const transport = createTransport(settingsOf(options))
    this.sessions = new SessionsCalls(transport)
    this.tasks = new Tasks(transport)
    this.files = new Files(transport)
    this.receipts = new ReceiptsCalls(transport)
    this.events = new Events(transport)
    this.endpoints = new Endpoints(transport)
    this.deliveries = new DeliveriesCalls(transport)
    this.wakes = new WakesCalls(transport)
    this.limiter = new LimiterCalls(transport)
    this.foreground = new ForegroundCalls(transport)
    this.limits = new LimitsCalls(transport)
    this.hosts = new HostsCalls(transport)
    this.apiKeys = new ApiKeysCalls(transport)
    this.signIn = new SignInCalls(transport)
    this.audit = new AuditCalls(transport)
    this.usage = new UsageCalls(transport)
    this.stats = new StatsCalls(transport)
    this.health = new HealthCalls(transport)
    this.admin = new Admin(transport)
  }
}
