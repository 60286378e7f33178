export * from '@backhaul/webhooks/fastify'
