import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectory, readIfThere, replacePrivateFile } from '@backhaul/durable-files'
import type { DownloadJournal } from './download-journal.ts'
import type { DownloadState, Transfer, TransferFacts } from './download-state.ts'

/** Where a download stands, and the journal in which this attempt writes on. */
export interface FileJournal {
  state: DownloadState
  journal: DownloadJournal
  /** The download is complete, or not wanted any more. */
  remove(): Promise<void>
}

const untouched: DownloadState = { attempt: 0, transfer: null, parts: [], response: null, currentUrl: null }

/**
 * The journal of one download in a file: whoever opens it begins the next attempt. It is for one process at a time and does
 * not notice another one. Each verb replaces the file as a whole, durably. Throws what the file system throws.
 */
export async function openFileJournal(path: string): Promise<FileJournal> {
  await makeDirectory(dirname(path))
  const text = await readIfThere(path)
  const before = text === null ? untouched : (JSON.parse(text) as DownloadState)
  const state = { ...before, attempt: before.attempt + 1 }
  let now: DownloadState = state
  let written: Promise<void> = Promise.resolve()
  /** One after the other: the newest state is the last to be written. */
  const keep = async (change: Partial<DownloadState>): Promise<true> => {
    now = { ...now, ...change }
    const text = JSON.stringify(now)
    const write = () => replacePrivateFile(path, text)
    written = written.then(write, write)
    await written
    return true
  }
  await keep({})
  const factsOf = ({ response, currentUrl }: TransferFacts) => ({ response, currentUrl })
  return {
    state,
    journal: {
      startGeneration: (transfer, facts) => keep({ transfer, parts: [], ...factsOf(facts) }),
      recordUpload: ({ uploadId, integrity }) =>
        keep({ transfer: { ...(now.transfer as Transfer), uploadId, integrity } }),
      recordPart: (_generation, part) =>
        keep({
          parts: [...now.parts.filter(({ number }) => number !== part.number), part].sort(
            (a, b) => a.number - b.number,
          ),
        }),
      finalize: (transfer, facts) => keep({ transfer, ...factsOf(facts) }),
      useConnections: async (wanted) => wanted,
      noteResumed: async () => {},
    },
    async remove() {
      await written.catch(() => {})
      await rm(path, { force: true })
    },
  }
}
