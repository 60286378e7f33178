export * from '@backhaul/webhooks/express'
