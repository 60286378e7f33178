// node mirror.ts https://example.com/a.iso https://example.com/b.iso    hands them over, and ends
// node mirror.ts                                                        comes back for what is there
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { Backhaul, type Task } from '@backhaul/sdk'

const backhaul = new Backhaul() // with BACKHAUL_API_KEY, at BACKHAUL_URL
const session = 'mirror'

// Nobody is called: this script asks. The same call finds the session again, with all that has happened in it.
const { taskCounts } = await backhaul.sessions.open(session, { configuration: { delegate: { kind: 'pull' } } })

const urls = process.argv.slice(2)
if (urls.length > 0) await handOver(urls)
else await comeBack()

async function handOver(urls: string[]) {
  const { tasks } = await backhaul.tasks.createMany(
    session,
    urls.map((url) => ({ url })),
  )
  console.log(`${tasks.length} handed over. Come back for them whenever you like.`)
}

async function comeBack() {
  await mkdir('files', { recursive: true })
  const after = await readFile('files/.last-event', 'utf8').catch(() => undefined)
  for await (const event of backhaul.events.list({ session, after })) {
    if (event.type === 'task.completed') await collect(event.data.task)
    await writeFile('files/.last-event', event.id)
  }
  const open = taskCounts.waiting + taskCounts.running
  if (open > 0) console.log(`${open} are still under way.`)
}

async function collect(task: Task) {
  if (task.state !== 'completed')
    return console.error(`${task.originalRequest.url} ${task.state}: ${task.error?.detail}`)
  const path = `files/${task.taskIdentifier}-${task.response?.suggestedFilename}`
  // Compared with its checksum. Whatever ends this script, the next call goes on from there.
  await backhaul.files.save(task, path)
  console.log(`${path}: ${task.file.bytes} bytes`)
}
