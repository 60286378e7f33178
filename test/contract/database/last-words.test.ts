import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { openPool } from '#core/database/pool.ts'
import { testDatabase } from '#support/servers/postgres.ts'

/** ErrorResponse, as PostgreSQL writes it when its postmaster is gone (protocol 3.0, "Message Formats"). */
const fields = ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to unexpected postmaster exit', '']
const body = Buffer.from(fields.map((field) => `${field}\0`).join(''))
const length = Buffer.alloc(4)
length.writeInt32BE(body.length + 4)
const lastWords = Buffer.concat([Buffer.from('E'), length, body])

/** PostgreSQL behind a network that can put its last words right behind an answer, in one packet. */
async function startEndingServer(connectionString: string) {
  const url = new URL(connectionString)
  const server = { host: url.hostname, port: Number(url.port) }
  let ends = false
  const proxy = createServer((near) => {
    const far = connect(server)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.on('data', (chunk) => far.write(chunk)).on('close', () => far.destroy())
    far.on('data', (chunk) => {
      if (!ends) return void near.write(chunk)
      ends = false
      near.end(Buffer.concat([chunk, lastWords]))
      far.destroy()
    })
    far.on('close', () => near.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  url.hostname = '127.0.0.1'
  url.port = String((proxy.address() as AddressInfo).port)
  return {
    connectionString: url.href,
    endBehindNextAnswer: () => {
      ends = true
    },
    close: () => void proxy.close(),
  }
}

it('a server that ends right behind an answer, while others wait for the connection, costs the next one its query and no more', async () => {
  const { connectionString, drop } = await testDatabase()
  const server = await startEndingServer(connectionString)
  const { pool } = openPool(server.connectionString, {}, { pooled: false, types: pg.types, connections: 1 })
  onTestFinished(async () => {
    await pool.end()
    server.close()
    await drop()
  })
  await pool.query('select 1')
  server.endBehindNextAnswer()
  const answered = pool.query('select 1 as n')
  const waiting = pool.connect()
  expect((await answered).rows).toEqual([{ n: 1 }])
  const client = await waiting
  await expect(client.query('select 2')).rejects.toThrow()
  client.release(true)
  expect((await pool.query('select 3 as n')).rows).toEqual([{ n: 3 }])
})
