/**
 * Loads what the API and a worker load when they start, and starts nothing: Node keeps the compiled modules in NODE_COMPILE_CACHE.
 * Run while the image is built, as the user of its processes: Node keeps a cache for each user.
 */
await Promise.all([import('#api/start.ts'), import('#worker/worker.ts'), import('#worker/watchdog.ts')])
// Loaded by those whose configuration needs it, or when somebody reads the guide.
await Promise.all([
  import('#transfer/storage/s3/s3-object-store.ts'),
  import('#api/routes/files.ts'),
  import('#api/guide/site.ts'),
])
