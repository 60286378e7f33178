/** Where an S3 server is. `bucket: null`: buckets can be made as needed. */
export interface S3Address {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  bucket: string | null
}
