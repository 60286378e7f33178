/** Holds docker-compose.yml, the Dockerfile and .dockerignore to their promises. Exits with 1 naming those that are broken. */
import { readFileSync } from 'node:fs'
import { containerFaults } from './container-promises.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const { version, devDependencies } = JSON.parse(read('package.json'))
const faults = containerFaults({
  compose: read('docker-compose.yml'),
  dockerfile: read('Dockerfile'),
  dockerignore: read('.dockerignore'),
  version,
  nodeVersion: devDependencies.node,
})
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
