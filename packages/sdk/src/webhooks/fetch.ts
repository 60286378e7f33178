export * from '@backhaul/webhooks/fetch'
