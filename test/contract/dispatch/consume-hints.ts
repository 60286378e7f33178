/** Takes hints from the queue at HINT_QUEUE, says which, and never gets done with one. Stays until it is killed. */
import { openHintQueue } from '#core/dispatch/bullmq/hint-queue.ts'

const silent = { info() {}, warn() {}, error() {} }
const queue = await openHintQueue(JSON.parse(process.env.HINT_QUEUE!), silent)
const hold = async (hint: object) => {
  console.log(JSON.stringify(hint))
  await new Promise(() => {})
}
queue.consume({ task: hold, deliveryLane: hold }, { tasks: 1, deliveryLanes: 1 })
setInterval(() => {}, 60_000)
