import { BackhaulError } from '@backhaul/sdk'
import { backhaul } from '../../lib/backhaul.ts'

const { PUBLIC_URL = 'http://127.0.0.1:3000' } = process.env

/** Hands downloads over and answers at once: `{ "urls": ["https://…"] }`. */
export async function POST(request: Request): Promise<Response> {
  const { urls } = (await request.json()) as { urls: string[] }
  const tasks = urls.map((url) => ({ url }))
  try {
    // Where events go. The same call finds the session again, so nothing has to be set up.
    const delegate = { url: `${PUBLIC_URL}/webhooks/backhaul` }
    await backhaul.sessions.open('imports', { configuration: { delegate } })
    const created = await backhaul.tasks.createMany('imports', tasks)
    return Response.json({ ids: created.tasks.map(({ id }) => id) }, { status: 202 })
  } catch (error) {
    if (!(error instanceof BackhaulError)) throw error
    const { code, message, errors } = error
    return Response.json({ code, message, errors }, { status: error.status === 422 ? 422 : 502 })
  }
}
