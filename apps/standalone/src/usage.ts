export const startUsage = `Usage: npm start

Runs Backhaul in one process: the HTTP API and a worker. Whatever is not configured is embedded and kept in DATA_DIR:
PostgreSQL, the queue, the files, the operator token and the encryption key.

Configuration is read from the environment; .env.example lists all of it. What is changed most often:

  PORT                 port to listen on (8080; 0 takes any free one)
  HOST                 address to listen on (127.0.0.1)
  DATA_DIR             folder for whatever is embedded (./data)
  DATABASE_URL         a PostgreSQL of your own
  S3_BUCKET            a bucket for the files
  EGRESS_ALLOW_CIDRS   private address ranges that downloads and webhooks may reach (none)
  EGRESS_ALLOW_HOSTS   internal names that they may reach (none)

Ctrl-C or SIGTERM stops it in order. \`npm run demo\` shows all of it at work and leaves nothing behind.
`

export const demoUsage = `Usage: npm run demo

Starts Backhaul in this process with an embedded PostgreSQL in a temporary folder, and beside it an origin to download
from and a webhook receiver. Then it does over HTTP what a client of yours would do: a session, a batch of downloads, a
wake by signed webhooks, the files fetched back and compared byte for byte. It takes about 15 seconds, needs no network
and leaves nothing behind. Exit code 0: everything was as it should be.
`
