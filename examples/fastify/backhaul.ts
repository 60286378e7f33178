import { Backhaul, type PutSession } from '@backhaul/sdk'
import { byType, type HandlersByType } from '@backhaul/webhooks'
import { fastifyWebhooks } from '@backhaul/webhooks/fastify'
import plugin from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The client, with BACKHAUL_API_KEY, at BACKHAUL_URL. */
    backhaul: Backhaul
  }
}

export interface BackhaulOptions {
  /** Opened before the app is ready. */
  session: string
  /** Where the service finds this app. */
  publicUrl: string
  webhookSecret: string
  on: HandlersByType
  configuration?: PutSession['configuration']
}

/** `app.backhaul`, and a session whose webhooks call `on`. */
export default plugin<BackhaulOptions>(
  async (app, { session, publicUrl, webhookSecret, on, configuration }) => {
    app.decorate('backhaul', new Backhaul())

    // A plugin of its own: the other routes keep their parsed bodies, this one gets the bytes that are signed.
    await app.register(fastifyWebhooks, {
      path: '/webhooks/backhaul',
      secret: webhookSecret,
      onEvent: byType(on),
      onRefused: ({ code, message }) => app.log.warn({ code }, message),
    })

    // The same call finds the session again, so it can be made at every start.
    app.addHook('onReady', async () => {
      const delegate = { url: `${publicUrl}/webhooks/backhaul` }
      await app.backhaul.sessions.open(session, { configuration: { ...configuration, delegate } })
    })
  },
  { name: 'backhaul', fastify: '5.x' },
)
