import type { Configuration } from '@backhaul/sdk'
import { bytes, duration } from './format.ts'

type Settings = Omit<Configuration, 'delegate'>
export type Setting = keyof Settings

/** What a session has that says nothing of it. A test compares them with the service's. */
export const defaultSettings: Settings = {
  isDiscretionary: false,
  preferredHours: null,
  sessionSendsLaunchEvents: true,
  timeoutIntervalForRequest: 60,
  timeoutIntervalForResource: 604_800,
  httpMaximumConnectionsPerHost: 6,
  httpAdditionalHeaders: {},
  httpStatusPolicy: 'fail',
  retryStatuses: [],
  resumeWithoutValidator: 'never',
  contentDecoding: 'keep',
  maximumBytesPerSecond: null,
  bandwidthTimetable: [],
  wakeMaximumLatency: null,
  wakeCompletion: 'implied',
  delegateDecisions: [],
  decisionTimeout: 300,
  fileRetention: 'lease',
  fileLeaseSeconds: 86_400,
}

/** By what they are for, in the order in which they are read. */
export const settingGroups: readonly { name: string; settings: readonly Setting[] }[] = [
  { name: 'When tasks begin', settings: ['isDiscretionary', 'preferredHours'] },
  {
    name: 'How they are fetched',
    settings: [
      'httpMaximumConnectionsPerHost',
      'maximumBytesPerSecond',
      'bandwidthTimetable',
      'httpAdditionalHeaders',
      'timeoutIntervalForRequest',
      'timeoutIntervalForResource',
      'httpStatusPolicy',
      'retryStatuses',
      'resumeWithoutValidator',
      'contentDecoding',
    ],
  },
  {
    name: 'How the client is told',
    settings: [
      'sessionSendsLaunchEvents',
      'wakeMaximumLatency',
      'wakeCompletion',
      'delegateDecisions',
      'decisionTimeout',
    ],
  },
  { name: 'How long files live', settings: ['fileRetention', 'fileLeaseSeconds'] },
]

/** A setting's value in words. */
const said: { [Name in Setting]: (value: Settings[Name]) => string } = {
  isDiscretionary: (value) => (value ? 'when conditions are good' : 'as soon as they may'),
  preferredHours: (value) =>
    value === null ? 'as the tenant prefers' : `${value.windows.map(windowText).join('; ')} (${value.timeZone})`,
  sessionSendsLaunchEvents: (value) => (value ? 'the client is woken' : 'never woken: it reads its events'),
  timeoutIntervalForRequest: (value) => `${duration(value)} without a byte`,
  timeoutIntervalForResource: (value) => `${duration(value)} in total`,
  httpMaximumConnectionsPerHost: String,
  httpAdditionalHeaders: (value) => Object.keys(value).join(', ') || 'none',
  httpStatusPolicy: (value) => (value === 'fail' ? '4xx and 5xx are failures' : '4xx and 5xx are files like any other'),
  retryStatuses: (value) => value.join(', ') || 'none besides the usual ones',
  resumeWithoutValidator: (value) => (value === 'never' ? 'begins anew' : 'compares what is stored, then goes on'),
  contentDecoding: (value) => (value === 'keep' ? 'stored as it came' : 'decoded before it is stored'),
  maximumBytesPerSecond: (value) => (value === null ? 'none' : `${bytes(value)}/s`),
  bandwidthTimetable: (value) =>
    value
      .map(
        ({ maximumBytesPerSecond, ...window }) =>
          `${windowText(window)} (${window.timeZone ?? 'UTC'}): ${maximumBytesPerSecond === null ? 'no maximum' : `${bytes(maximumBytesPerSecond)}/s`}`,
      )
      .join('; ') || 'none',
  wakeMaximumLatency: (value) => (value === null ? 'until the session has drained' : `${duration(value)} at most`),
  wakeCompletion: (value) => (value === 'implied' ? 'by a 2xx to session.events_finished' : 'by the call alone'),
  delegateDecisions: (value) => value.join(', ') || 'none',
  decisionTimeout: duration,
  fileRetention: (value) =>
    ({ lease: 'for their lease', untilReturn: 'until the wake completes', permanent: 'for good' })[value],
  fileLeaseSeconds: duration,
}

function windowText({ days, from, to }: { days?: readonly string[]; from: string; to: string }): string {
  return `${days ? `${days.join(', ')} ` : ''}${from}–${to}`
}

export interface SettingFact {
  setting: Setting
  value: string
  /** The default in words, where the session has something else; null: it has the default. */
  instead: string | null
}

export function settingFact(configuration: Configuration, setting: Setting): SettingFact {
  const say = said[setting] as (value: unknown) => string
  const [value, usual] = [configuration[setting], defaultSettings[setting]]
  return { setting, value: say(value), instead: sameValue(value, usual) ? null : say(usual) }
}

/** Equal as JSON, whatever the order of members. */
export function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}
