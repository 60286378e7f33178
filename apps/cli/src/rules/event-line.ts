import type { Event, StreamedEvent } from '@backhaul/sdk'
import { oneLine } from './plain-text.ts'
import { bytesText } from './quantities.ts'

/** The line of an event of the feed. */
export function eventLine(event: Event): string {
  const { timestamp, type } = event
  const session = 'sessionIdentifier' in event ? event.sessionIdentifier : null
  return [timestamp, type.padEnd(30), (session ?? '-').padEnd(20), oneLine(subjectOf(event))].join('  ').trimEnd()
}

/** The line of a message of the stream. */
export function messageLine(message: StreamedEvent): string {
  const { type, data } = message
  if (type === 'task.progress') {
    const { countOfBytesReceived: received, countOfBytesExpectedToReceive: expected } = data.progress
    const size = expected === null ? bytesText(received) : `${bytesText(received)} of ${bytesText(expected)}`
    return noteLine(type, data.sessionIdentifier, `${data.taskId} ${size}`)
  }
  if (type === 'task.state') return noteLine(type, data.sessionIdentifier, `${data.taskId} ${data.state}`)
  if (type === 'task.resumed_at_offset')
    return noteLine(type, data.sessionIdentifier, `${data.taskId} from ${bytesText(data.offset)}`)
  return eventLine(data)
}

/** What is told only while it happens has no time of its own. */
function noteLine(type: string, session: string, text: string): string {
  return `${' '.repeat(24)}  ${type.padEnd(30)}  ${session.padEnd(20)}  ${text}`
}

function subjectOf({ data }: Event): string {
  const { task, wakeId, endpointId } = data as {
    task?: { id: string; state?: string; error?: { name: string } | null }
    wakeId?: string | null
    endpointId?: string
  }
  if (task) return `${task.id} ${task.error ? task.error.name : (task.state ?? '')}`
  return wakeId ?? endpointId ?? ''
}
