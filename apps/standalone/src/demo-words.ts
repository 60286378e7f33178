import pc from 'picocolors'
import { type DemoTask, resumedFrom } from './demo-client.ts'

export const tick = pc.green('✓')
export const cross = pc.red('✗')

/** A size for people: `10.0 KiB`, `24.0 MiB`. */
export function size(bytes: number): string {
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / (1024 * 1024), 'MiB']
  return `${value.toFixed(1)} ${unit}`
}

export function byteNumber(bytes: number): string {
  return `byte ${bytes.toLocaleString('en')}`
}

/** A task's state in a word, and a short remark about it. */
export function describe(task: DemoTask): { word: string; detail: string } {
  const { countOfBytesReceived: received, countOfBytesExpectedToReceive: expected, bytesPerSecond } = task.progress
  switch (task.state) {
    case 'completed': {
      const from = resumedFrom(task)
      const resumed = from === null ? '' : `, resumed from ${byteNumber(from)}`
      return { word: 'completed', detail: `${size(task.file?.bytes ?? received)}${resumed}` }
    }
    case 'failed':
    case 'canceled':
      return { word: task.state, detail: task.error?.detail ?? '' }
    case 'running': {
      if (received === 0) return { word: 'running', detail: '' }
      const speed = bytesPerSecond ? `, ${size(bytesPerSecond)}/s` : ''
      return { word: 'running', detail: `${size(received)}${expected === null ? '' : ` of ${size(expected)}`}${speed}` }
    }
    default: {
      const retry = task.waitingFor.find(({ reason }) => reason === 'retryBackoff')
      return retry ? { word: 'retrying', detail: retry.detail } : { word: 'waiting', detail: '' }
    }
  }
}

/** Columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
    .join('\n')
}
