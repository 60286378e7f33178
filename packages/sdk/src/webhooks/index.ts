export * from '@backhaul/webhooks'
