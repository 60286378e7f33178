import type { Task } from '@backhaul/sdk'
import { Download } from 'lucide-react'
import { type Action, Actions } from '../../parts/actions.tsx'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Time } from '../../parts/time.tsx'
import { bytes, count } from '../../rules/format.ts'
import { wordFor } from '../../rules/known.ts'
import { backhaul } from '../../service.ts'

type File = NonNullable<Task['file']>

const daySeconds = 86_400
const states: Record<File['state'], string> = {
  temporary: 'temporary: it goes with its lease',
  permanent: 'kept for good',
  released: 'released: it has gone',
  expired: 'its lease ended: it has gone',
}

/** What is stored, what speaks for it and against it, and how long it stays. */
export function FileCard({ task, canWrite }: { task: Task; canWrite: boolean }) {
  const { file, response, warnings } = task
  const isThere = file !== null && (file.state === 'temporary' || file.state === 'permanent')
  return (
    <Card
      title="File"
      aside={
        isThere ? (
          <a
            href={`/v1/tasks/${task.id}/file`}
            download
            className="inline-flex items-center gap-1.5 text-(--accent) underline"
          >
            <Download aria-hidden size={14} /> Download
          </a>
        ) : null
      }
    >
      {file === null ? (
        <p className="text-(--quiet)">Nothing is stored yet.</p>
      ) : (
        <>
          <Facts
            facts={[
              ['Is', wordFor<string>(states, file.state, file.state)],
              ...(file.leaseExpiresAt && isThere
                ? ([['Lease ends', <Time key="at" at={file.leaseExpiresAt} />]] as const)
                : []),
              ['Size', `${bytes(file.bytes)} (${count(file.bytes)} bytes)`],
              [
                'Key',
                <span key="key" className="font-mono text-xs">
                  {file.key}
                </span>,
              ],
            ]}
          />
          <h3 className="mt-4 mb-2 font-medium">Integrity</h3>
          <Facts
            facts={[
              ...Object.entries(file.checksums).map(
                ([name, value]) =>
                  [
                    name,
                    <span key={name} className="font-mono text-xs">
                      {String(value)}
                    </span>,
                  ] as const,
              ),
              ['Length', response?.lengthVerified ? 'verified: all bytes came' : 'nothing proves that it is whole'],
            ]}
          />
        </>
      )}
      {warnings.map(({ code, detail }) => (
        <p
          key={`${code} ${detail}`}
          className="mt-3 rounded-lg bg-amber-100 px-3 py-2 wrap-anywhere text-amber-900 dark:bg-amber-900 dark:text-amber-100"
        >
          {detail}
        </p>
      ))}
      {isThere && canWrite ? (
        <div className="mt-4">
          <Actions actions={fileActions(task.id, file)} on="this file" />
        </div>
      ) : null}
    </Card>
  )
}

function fileActions(id: string, { state }: File): Action[] {
  const release: Action = {
    name: 'Release',
    says: 'The file is deleted. The receipt stays.',
    isFinal: true,
    run: () => backhaul.files.release(id),
  }
  if (state === 'permanent') return [release]
  return [
    { name: 'Keep', says: 'It stays for good, where it is.', run: () => backhaul.files.keep(id) },
    {
      name: 'Renew',
      says: 'Its lease ends a day from now, also if that is sooner than before.',
      run: () => backhaul.files.renew(id, { seconds: daySeconds }),
    },
    release,
  ]
}
