import type { Host, Task, WaitingFor } from '@backhaul/sdk'
import { oneLine } from './plain-text.ts'
import { bytesText, countText, durationText, momentText } from './quantities.ts'
import { endSentence } from './task-end.ts'

type Reason = WaitingFor['reason']

/** What a task waits for, and what would help. `id` is the task's. */
const reasons: Record<Reason, { waits: string; helps(task: Task): string }> = {
  earliestBeginDate: {
    waits: 'It is not to begin yet',
    helps: ({ id }) => `To begin now, cancel it (\`backhaul cancel ${id}\`) and create it without a time.`,
  },
  wakeLimiter: {
    waits: 'The wake limiter holds it back, because its client was woken a moment ago',
    helps: () =>
      'Create tasks in batches; while a user is looking, a foreground lease lifts the delay: `backhaul get --foreground` takes one. `backhaul limiter` shows it.',
  },
  discretionary: {
    waits: 'It is discretionary, and waits for its preferred hours or for capacity to spare',
    helps: ({ latestStart }) => `Nothing is to be done${latestStart ? ': it begins by then at the latest' : ''}.`,
  },
  tenantCapacity: {
    waits: 'As many of your tasks are on their way as may be at once',
    helps: () => 'Nothing is to be done: the next one begins as soon as one has ended.',
  },
  quota: {
    waits: 'A quota of your bytes is used up',
    helps: () => '`backhaul usage --limits` shows which; delete files, or ask the operator for more.',
  },
  hostCapacity: {
    waits: 'As many tasks fetch from its host as may at once',
    helps: () => 'A session with a larger httpMaximumConnectionsPerHost, up to 64, lets more of them through.',
  },
  hostBackoff: {
    waits: 'Its host asked for a pause, or does not answer',
    helps: ({ id }) =>
      `It goes on by itself when the host is well; \`backhaul retry\` with a URL of another host helps once it is canceled (\`backhaul cancel ${id}\`).`,
  },
  retryBackoff: {
    waits: 'An attempt has failed, and the next one comes later',
    helps: ({ id }) => `If its link has expired, give it another one: \`backhaul resume ${id} --new-url <URL>\`.`,
  },
  delegateDecision: {
    waits: 'It has asked its delegate a question and has no usable answer yet',
    helps: ({ sessionIdentifier }) =>
      `\`backhaul deliveries --session ${sessionIdentifier}\` shows what the endpoint answered.`,
  },
  capacity: {
    waits: 'It is ready, and no worker is free',
    helps: () => 'Its turn comes by itself; an operator sees the workers with `backhaul admin workers`.',
  },
}

/**
 * Why a task is where it is, as sentences: what it waits for, until when, what would help. `host` is what the service knows of its host;
 * null: nobody asked.
 */
export function whySentences(task: Task, host: Host | null, nowMs: number): string[] {
  const sentences = stateSentences(task, nowMs)
  if (task.endedAt === null && host !== null) sentences.push(...hostSentences(host, nowMs))
  if (task.endedAt === null && task.deadline !== null)
    sentences.push(`It fails if it has not ended ${momentText(task.deadline, nowMs)} (${task.deadline}).`)
  return sentences
}

function stateSentences(task: Task, nowMs: number): string[] {
  const { id } = task
  switch (task.state) {
    case 'completed':
      return [
        `It has completed ${momentText(task.endedAt, nowMs)}, with ${bytesText(task.file.bytes)}.`,
        ...(task.file.state === 'temporary' || task.file.state === 'permanent'
          ? [`\`backhaul get ${id}\` saves its file here.`]
          : [
              `Its file is gone (${task.file.state}): \`backhaul get ${oneLine(task.originalRequest.url)}\` fetches it again.`,
            ]),
      ]
    case 'failed':
    case 'canceled':
      return [endSentence(task)]
    case 'suspended':
      return [`It is suspended and does nothing until you resume it: \`backhaul resume ${id}\`.`]
    case 'running':
      return runningSentences(task)
    case 'waiting':
      return task.waitingFor.length === 0
        ? ['It waits for nothing: it is about to begin.']
        : task.waitingFor.flatMap((one) => waitingSentences(one, task, nowMs))
    // A state of a later version.
    default:
      return [`Its state is ${oneLine((task as Task).state)}.`]
  }
}

/** What it waits for, until when, and what would help. */
export function waitingSentences({ reason, until, detail }: WaitingFor, task: Task, nowMs: number): string[] {
  const known = reasons[reason] as (typeof reasons)[Reason] | undefined
  const time = until === undefined ? '' : `, until ${until} (${momentText(until, nowMs)})`
  if (known === undefined) return [`It waits (${oneLine(reason)})${time}: ${sentence(detail)}`]
  const latest =
    reason === 'discretionary' && task.latestStart
      ? [`It begins ${momentText(task.latestStart, nowMs)} at the latest.`]
      : []
  return [`${known.waits}${time}: ${sentence(detail)}`, ...latest, known.helps(task)]
}

function runningSentences({ progress, attempts }: Task): string[] {
  const { countOfBytesReceived, countOfBytesExpectedToReceive, bytesPerSecond, estimatedSecondsRemaining } = progress
  const of = countOfBytesExpectedToReceive === null ? '' : ` of ${bytesText(countOfBytesExpectedToReceive)}`
  const rate = bytesPerSecond === null ? '' : ` at ${bytesText(bytesPerSecond)}/s`
  const left = estimatedSecondsRemaining === null ? '' : `, with ${durationText(estimatedSecondsRemaining)} to go`
  return [
    `It waits for nothing: it runs, and has ${bytesText(countOfBytesReceived)}${of}${rate}${left}.`,
    ...(attempts > 0 ? [`${countText(attempts, 'attempt')} failed before.`] : []),
  ]
}

function hostSentences({ host, state, blockedUntil, reason, waitingTasks }: Host, nowMs: number): string[] {
  if (state === 'healthy') return []
  const what = {
    backingOff: 'has asked for a pause',
    circuitOpen: 'does not answer',
    halfOpen: 'did not answer, and is tried with one request at a time',
  }[state]
  const time = blockedUntil === null ? '' : `; it is asked again ${momentText(blockedUntil, nowMs)}`
  const why = reason === null ? '' : ` (${oneLine(reason)})`
  const others = waitingTasks > 1 ? ` ${countText(waitingTasks, 'task')} of yours wait for it.` : ''
  return [`The host ${oneLine(host)} ${what}${why}${time}.${others}`]
}

function sentence(text: string): string {
  const plain = oneLine(text)
  return /[.!?]$/.test(plain) ? plain : `${plain}.`
}
