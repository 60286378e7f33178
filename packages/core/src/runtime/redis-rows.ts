import { text } from './setting.ts'

/** The rows of the settings' table about Redis. */
export const redisRows = {
  REDIS_URL: text({
    description: 'Redis for the hint queue',
    expected: 'a redis:// or rediss:// URL',
    secret: true,
    absent: 'the queue lives in PostgreSQL',
  }),
  REDIS_SENTINELS: text({
    description:
      'Sentinels that know which Redis is the master, separated by commas; `REDIS_URL` has user, password, database and TLS of the servers then',
    expected: 'addresses such as sentinel-1:26379,sentinel-2:26379',
    absent: '`REDIS_URL` leads to the server itself',
  }),
  REDIS_SENTINEL_NAME: text({
    description: 'Name of the master at the sentinels',
    expected: 'a name',
    pattern: /^[\w.-]+$/,
    default: 'mymaster',
  }),
  REDIS_SENTINEL_PASSWORD: text({ description: 'Password of the sentinels', expected: 'a password', secret: true }),
  REDIS_CLUSTER_NODES: text({
    description: 'Nodes of a Redis Cluster besides that of `REDIS_URL`, separated by commas; some of them are enough',
    expected: 'addresses such as node-1:6379,node-2:6379',
    absent: 'Redis is no cluster',
  }),
  REDIS_CA_FILE: text({
    description:
      "File (PEM) with the certificate of the authority that Redis' certificate is from, with a rediss:// URL",
    expected: 'a path',
    absent: 'the authorities that Node knows',
  }),
}
