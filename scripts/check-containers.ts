/** Checks docker-compose.yml, the Dockerfile and .dockerignore against the rules. Exits with 1 and names the broken ones. */
import { readFileSync } from 'node:fs'
import { brokenContainerRules } from './container-rules.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const { version, devDependencies } = JSON.parse(read('package.json'))
const sentences = brokenContainerRules({
  compose: read('docker-compose.yml'),
  dockerfile: read('Dockerfile'),
  dockerignore: read('.dockerignore'),
  version,
  nodeVersion: devDependencies.node,
})
for (const sentence of sentences) console.error(sentence)
process.exitCode = sentences.length > 0 ? 1 : 0
